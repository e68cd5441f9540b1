package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.KvStore.Space;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the tree of API v2 is laid out in its space.
///
/// | key | value |
/// |---|---|
/// | `i` | the current index (8) |
/// | `n`, escaped path of the parent, 00 00, name | kind (1); created, modified, expiration as varints; the value |
/// | `x`, expiration (8), path | nothing |
/// | `e`, index (8) | an event of the latest `HISTORY` ones |
///
/// The children of a directory stand together, sorted by name; what expires first stands first.
final class V2Rows {

  /// So many of the latest events can be asked for.
  static final int HISTORY = 1_000;

  private static final byte[] INDEX = {'i'};
  private static final int FILE = 0;
  private static final int DIRECTORY = 1;
  private static final int ROW_OVERHEAD = 32;
  private static final V2Event.Action[] ACTIONS = V2Event.Action.values();

  private V2Rows() {}

  static long index(V2Reader reader) {
    byte[] row = reader.get(INDEX);
    return row == null ? 0 : new ByteReader(row).i64();
  }

  static byte[] indexKey() {
    return INDEX;
  }

  static byte[] index(long index) {
    return new ByteWriter(Long.BYTES).i64(index).toArray();
  }

  static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash == 0 ? "/" : path.substring(0, slash);
  }

  static String child(String parent, String name) {
    return parent.equals("/") ? "/" + name : parent + "/" + name;
  }

  /// Where the node of a path other than the root stands.
  static byte[] nodeKey(String path) {
    byte[] name = Bytes.utf8(path.substring(path.lastIndexOf('/') + 1)).array();
    return new ByteWriter(path.length() + ROW_OVERHEAD)
        .raw(childrenOf(parent(path)))
        .raw(name)
        .toArray();
  }

  /// What the keys of all children of a directory start with.
  static byte[] childrenOf(String path) {
    byte[] escaped = Rows.escaped(Bytes.utf8(path), 0).toArray();
    return new ByteWriter(1 + escaped.length).u8('n').raw(escaped).toArray();
  }

  /// The name in the key of a child, behind the prefix of all children.
  static String name(byte[] key, byte[] prefix) {
    return new ByteReader(key, prefix.length).rest().toString();
  }

  static byte[] entry(V2Entry entry) {
    return new ByteWriter(ROW_OVERHEAD + entry.value().length())
        .u8(entry.directory() ? DIRECTORY : FILE)
        .varint(entry.created())
        .varint(entry.modified())
        .varint(entry.expiration())
        .raw(Bytes.utf8(entry.value()).array())
        .toArray();
  }

  static V2Entry entry(byte[] row) {
    var reader = new ByteReader(row);
    int kind = reader.u8();
    Invariant.check(kind <= DIRECTORY, "a node is a file or a directory", kind, DIRECTORY);
    return new V2Entry(
        kind == DIRECTORY,
        reader.varint(),
        reader.varint(),
        reader.varint(),
        reader.rest().toString());
  }

  static byte[] expirationKey(long expiration, String path) {
    byte[] name = Bytes.utf8(path).array();
    return new ByteWriter(1 + Long.BYTES + name.length).u8('x').i64(expiration).raw(name).toArray();
  }

  static long expiration(byte[] key) {
    return new ByteReader(key, 1).i64();
  }

  static String expiringPath(byte[] key) {
    return new ByteReader(key, 1 + Long.BYTES).rest().toString();
  }

  /// Where what expires begins, and where it ends.
  static byte[] expirationsFrom() {
    return new byte[] {'x'};
  }

  static byte[] expirationsTo() {
    return new byte[] {'x' + 1};
  }

  static byte[] eventKey(long index) {
    return new ByteWriter(1 + Long.BYTES).u8('e').i64(index).toArray();
  }

  static byte[] eventsTo() {
    return new byte[] {'e' + 1};
  }

  static byte[] event(V2Event event) {
    var writer = new ByteWriter(2 * ROW_OVERHEAD);
    writer.constant(event.action()).bool(event.silent());
    node(writer, event.node());
    V2Node previous = event.previous();
    writer.bool(previous != null);
    if (previous != null) {
      node(writer, previous);
    }
    return writer.toArray();
  }

  static V2Event event(byte[] row) {
    var reader = new ByteReader(row);
    V2Event.Action action = reader.constant(ACTIONS);
    boolean silent = reader.bool();
    V2Node node = node(reader);
    V2Node previous = reader.bool() ? node(reader) : null;
    reader.end();
    return new V2Event(action, node, previous, silent);
  }

  private static void node(ByteWriter writer, V2Node node) {
    String value = node.value();
    writer.text(node.path()).bool(node.directory()).bool(value != null);
    if (value != null) {
      writer.text(value);
    }
    writer
        .i64(node.expiration())
        .i64(node.ttlSeconds())
        .varint(node.modifiedIndex())
        .varint(node.createdIndex());
  }

  private static V2Node node(ByteReader reader) {
    String path = reader.text();
    boolean directory = reader.bool();
    String value = reader.bool() ? reader.text() : null;
    return new V2Node(
        path,
        value,
        directory,
        reader.i64(),
        reader.i64(),
        List.of(),
        reader.varint(),
        reader.varint());
  }

  /// The names of all children of a directory, sorted.
  static List<String> names(V2Reader reader, String path) {
    byte[] prefix = childrenOf(path);
    var names = new ArrayList<String>();
    reader.scan(
        prefix,
        Rows.behindPrefix(prefix),
        (key, _) -> {
          names.add(name(key, prefix));
          return true;
        });
    return names;
  }

  static @Nullable V2Entry find(V2Reader reader, String path) {
    if (path.equals("/")) {
      return V2Entry.ROOT;
    }
    byte[] row = reader.get(nodeKey(path));
    return row == null ? null : entry(row);
  }

  /// The rows of a view, or of the middle of a batch.
  interface V2Reader {

    byte @Nullable [] get(byte[] key);

    /// Shows the rows from `from` up to and without `to`, in order, until the visitor has enough.
    void scan(byte[] from, byte[] to, Visitor visitor);
  }

  /// Sees rows; false ends the walk.
  @FunctionalInterface
  interface Visitor {
    boolean row(byte[] key, byte[] value);
  }

  /// The rows as a reader of the store has them.
  static V2Reader of(KvStore.Reader reader) {
    return new V2Reader() {
      @Override
      public byte @Nullable [] get(byte[] key) {
        return reader.get(Space.V2, key);
      }

      @Override
      public void scan(byte[] from, byte[] to, Visitor visitor) {
        try (KvStore.Cursor cursor = reader.cursor(Space.V2, from, to)) {
          boolean wanted = true;
          while (wanted && cursor.next()) {
            wanted = visitor.row(cursor.key(), cursor.value());
          }
        }
      }
    };
  }
}
