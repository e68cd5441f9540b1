package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A store in memory with the crash behaviour of a real one: what was written after the last flush
/// is lost, or any number of whole batches from its end. For tests and the simulator.
public final class MemoryStore implements KvStore {

  /// So many contents that were not asked to be flushed are kept for a crash to choose from.
  private static final int MAX_CONTENTS = 64;

  /// The content after one batch; spaces that nothing was written to are missing.
  private record Content(Map<Space, SortedTree<byte[]>> spaces, long bytes) {

    static final Content EMPTY = new Content(new EnumMap<>(Space.class), 0);

    SortedTree<byte[]> space(Space space) {
      return spaces.getOrDefault(space, SortedTree.empty());
    }
  }

  /// The contents that a crash may leave: what is flushed first, what is present last.
  private final List<Content> contents = new ArrayList<>();

  private boolean closed;

  public MemoryStore() {
    this(Content.EMPTY);
  }

  private MemoryStore(Content content) {
    contents.add(content);
  }

  /// What a machine finds after losing power now: the flushed content.
  public MemoryStore crash() {
    return new MemoryStore(contents.getFirst());
  }

  /// As `crash`, when the store has happened to flush some of the later batches by itself.
  public MemoryStore crash(RandomGenerator random) {
    return new MemoryStore(contents.get(random.nextInt(contents.size())));
  }

  /// A copy of the present content, durable by itself: what a snapshot for another member holds.
  public synchronized MemoryStore checkpoint() {
    return new MemoryStore(contents.getLast());
  }

  @Override
  public Reader latest() {
    return new Reading(present());
  }

  @Override
  public Snapshot snapshot() {
    return new Reading(present());
  }

  @Override
  public Batch newBatch() {
    return new Changes();
  }

  @Override
  public synchronized void write(Batch batch) {
    Invariant.check(!closed, "a closed store is not written to");
    contents.add(((Changes) batch).applyTo(contents.getLast()));
    if (contents.size() > MAX_CONTENTS) {
      contents.remove(1);
    }
  }

  @Override
  public synchronized void flush() {
    Content last = contents.getLast();
    contents.clear();
    contents.add(last);
  }

  @Override
  public synchronized byte @Nullable [] getPersisted(Space space, byte[] key) {
    return contents.getFirst().space(space).get(key);
  }

  @Override
  public long bytesOnDisk() {
    return present().bytes;
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  private synchronized Content present() {
    Invariant.check(!closed, "a closed store is not read");
    return contents.getLast();
  }

  private static final class Changes implements Batch {

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Change(Space space, byte[] key, byte @Nullable [] value) {}

    private final List<Change> changes = new ArrayList<>();
    private int size;

    @Override
    public void put(Space space, byte[] key, byte[] value) {
      changes.add(new Change(space, key, value));
      size += key.length + value.length;
    }

    @Override
    public void delete(Space space, byte[] key) {
      changes.add(new Change(space, key, null));
      size += key.length;
    }

    @Override
    public int sizeBytes() {
      return size;
    }

    Content applyTo(Content before) {
      var spaces = new EnumMap<>(before.spaces);
      long bytes = before.bytes;
      for (Change change : changes) {
        SortedTree<byte[]> space = spaces.getOrDefault(change.space, SortedTree.empty());
        bytes -= rowBytes(change.key, space.get(change.key)) - rowBytes(change.key, change.value);
        spaces.put(
            change.space,
            change.value == null
                ? space.remove(change.key)
                : space.put(change.key, change.value, 0));
      }
      return new Content(spaces, bytes);
    }

    private static long rowBytes(byte[] key, byte @Nullable [] value) {
      return value == null ? 0 : key.length + value.length;
    }
  }

  /// One content, read by whoever holds it. Nothing needs to be released, but use after the last
  /// `close` is still an error, as it would be in a real store.
  private static final class Reading implements Snapshot {

    private final Content content;
    private int holders = 1;

    Reading(Content content) {
      this.content = content;
    }

    @Override
    public byte @Nullable [] get(Space space, byte[] key) {
      return open().space(space).get(key);
    }

    @Override
    public List<byte @Nullable []> multiGet(Space space, List<byte[]> keys) {
      var values = new ArrayList<byte @Nullable []>(keys.size());
      for (byte[] key : keys) {
        values.add(get(space, key));
      }
      return values;
    }

    @Override
    public Cursor cursor(Space space, byte[] from, byte @Nullable [] to) {
      return new TreeCursor(open().space(space).walk(), from, to);
    }

    @Override
    public synchronized boolean maybeRetain() {
      if (holders == 0) {
        return false;
      }
      holders++;
      return true;
    }

    @Override
    public synchronized void close() {
      holders--;
      Invariant.check(holders >= 0, "a snapshot is closed once by each holder");
    }

    private synchronized Content open() {
      Invariant.check(holders > 0, "a closed snapshot is not read");
      return content;
    }
  }

  private static final class TreeCursor implements Cursor {

    private final SortedTree.Walk<byte[]> walk;
    private final byte[] from;
    private final byte @Nullable [] to;
    private boolean started;

    TreeCursor(SortedTree.Walk<byte[]> walk, byte[] from, byte @Nullable [] to) {
      this.walk = walk;
      this.from = from;
      this.to = to;
    }

    @Override
    public boolean next() {
      if (!started) {
        return seek(from);
      }
      return walk.next() && isInside();
    }

    @Override
    public boolean seek(byte[] key) {
      started = true;
      return walk.seek(Arrays.compareUnsigned(key, from) < 0 ? from : key) && isInside();
    }

    @Override
    public byte[] key() {
      return walk.key();
    }

    @Override
    public byte[] value() {
      return walk.value();
    }

    @Override
    public void close() {}

    private boolean isInside() {
      return to == null || Arrays.compareUnsigned(walk.key(), to) < 0;
    }
  }
}
