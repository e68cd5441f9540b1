package io.kvorum.node.core.kv;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The tree of API v2 as one view shows it; to be read while the view is retained.
public final class V2View {

  private final V2Rows.V2Reader rows;

  V2View(KvStore.Reader reader) {
    rows = V2Rows.of(reader);
  }

  /// The index of the last change; 0 before the first.
  public long index() {
    return V2Rows.index(rows);
  }

  /// Shows a node with its children, or all below it; what starts with "_" only when it is asked
  /// for by name: `V2Done` or `V2Refused`.
  ///
  /// @param now in nanoseconds since 1970
  public Outcome get(String path, boolean recursive, long now) {
    return switch (V2Lookup.find(rows, path)) {
      case V2Lookup.Found.Nothing(V2Refusal reason, String where) ->
          new Outcome.V2Refused(V2Event.Action.GET, reason, where, index());
      case V2Lookup.Found.Node(V2Entry entry) -> {
        V2Node node = entry.shown(path, now);
        if (entry.directory()) {
          node = node.with(children(path, recursive, now));
        }
        yield new Outcome.V2Done(
            0, index(), new V2Event(V2Event.Action.GET, node, null, true), List.of());
      }
    };
  }

  private List<V2Node> children(String path, boolean recursive, long now) {
    var children = new ArrayList<V2Node>();
    byte[] prefix = V2Rows.childrenOf(path);
    rows.scan(
        prefix,
        Rows.behindPrefix(prefix),
        (key, row) -> {
          String name = V2Rows.name(key, prefix);
          if (!name.startsWith("_")) {
            children.add(child(V2Rows.child(path, name), V2Rows.entry(row), recursive, now));
          }
          return true;
        });
    return children;
  }

  private V2Node child(String path, V2Entry entry, boolean recursive, long now) {
    V2Node node = entry.shown(path, now);
    return recursive && entry.directory() ? node.with(children(path, true, now)) : node;
  }

  /// The oldest index whose event is kept; 0 if there is none.
  public long oldestEvent() {
    return index() == 0 ? 0 : Math.max(1, index() - V2Rows.HISTORY + 1);
  }

  /// The first kept event from an index on that is wanted; null if there is none.
  public @Nullable V2Event firstEvent(long from, Predicate<V2Event> wanted) {
    var found = new ArrayList<V2Event>(1);
    rows.scan(
        V2Rows.eventKey(from),
        V2Rows.eventsTo(),
        (_, row) -> {
          V2Event event = V2Rows.event(row);
          if (wanted.test(event)) {
            found.add(event);
          }
          return found.isEmpty();
        });
    return found.isEmpty() ? null : found.getFirst();
  }

  /// When the next node expires, in nanoseconds since 1970.
  public OptionalLong nextExpiration() {
    var first = new ArrayList<Long>(1);
    rows.scan(
        V2Rows.expirationsFrom(),
        V2Rows.expirationsTo(),
        (key, _) -> {
          first.add(V2Rows.expiration(key));
          return false;
        });
    return first.isEmpty() ? OptionalLong.empty() : OptionalLong.of(first.getFirst());
  }
}
