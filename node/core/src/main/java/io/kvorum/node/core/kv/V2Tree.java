package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.V2Event.Action;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Changes the tree of API v2, with the meaning that etcd's v2 store gives to each change. A change
/// that is done takes the next index; one that is refused leaves nothing behind.
final class V2Tree {

  /// Nodes that would have ended before the year 2000 were not meant to end.
  private static final long EARLIEST_EXPIRATION = 946_684_800_000_000_000L;

  private static final int UNIQUE_DIGITS = 20;

  private final V2Overlay rows;

  V2Tree(V2Overlay rows) {
    this.rows = rows;
  }

  /// What became of a change.
  sealed interface Result {

    /// It came about.
    ///
    /// @param ended the paths of all nodes that are no more
    record Done(V2Event event, List<String> ended) implements Result {}

    record Refused(V2Refusal reason, String cause, long index) implements Result {}
  }

  /// Thrown inside a change that must not happen, before it has written anything.
  private static final class RefusedException extends Exception {

    private static final long serialVersionUID = 1;

    private final transient Result.Refused refused;

    RefusedException(Result.Refused refused) {
      super(refused.cause(), null, false, false);
      this.refused = refused;
    }
  }

  /// Every command but `Expire`.
  Result change(V2Command command) {
    try {
      return switch (command) {
        case V2Command.Set set -> set(set);
        case V2Command.Create create -> create(create);
        case V2Command.Update update -> update(update);
        case V2Command.CompareAndSwap swap -> swap(swap);
        case V2Command.Delete delete -> delete(delete);
        case V2Command.CompareAndDelete delete -> delete(delete);
        case V2Command.Expire _ ->
            throw new IllegalArgumentException("what expires is no single change");
      };
    } catch (RefusedException e) {
      return e.refused;
    }
  }

  /// What a change is called, done or not.
  static Action action(V2Command command) {
    return switch (command) {
      case V2Command.Set _ -> Action.SET;
      case V2Command.Create _ -> Action.CREATE;
      case V2Command.Update _ -> Action.UPDATE;
      case V2Command.CompareAndSwap _ -> Action.COMPARE_AND_SWAP;
      case V2Command.Delete _ -> Action.DELETE;
      case V2Command.CompareAndDelete _ -> Action.COMPARE_AND_DELETE;
      case V2Command.Expire _ -> Action.EXPIRE;
    };
  }

  /// Ends the nodes whose time has come, the earliest first.
  List<Result.Done> expire(long now) {
    var done = new ArrayList<Result.Done>();
    Optional<String> due = due(now);
    while (due.isPresent()) {
      String path = due.orElseThrow();
      V2Entry entry = present(path);
      var ended = new ArrayList<String>();
      remove(path, entry, ended);
      V2Event event = ending(Action.EXPIRE, path, entry, now);
      keep(event);
      done.add(new Result.Done(event, ended));
      due = due(now);
    }
    return done;
  }

  private Optional<String> due(long now) {
    var first = new ArrayList<String>(1);
    rows.scan(
        V2Rows.expirationsFrom(),
        V2Rows.expirationsTo(),
        (key, _) -> {
          if (V2Rows.expiration(key) <= now) {
            first.add(V2Rows.expiringPath(key));
          }
          return false;
        });
    return first.stream().findFirst();
  }

  private Result set(V2Command.Set set) throws RefusedException {
    if (set.lifetime().refresh()) {
      V2Entry present = find(set.path());
      return set(set, present.value(), present);
    }
    return set(set, set.value(), findOrNull(set.path()));
  }

  private Result set(V2Command.Set set, String value, @Nullable V2Entry old)
      throws RefusedException {
    return make(
        new Made(Action.SET, set.path(), set.directory(), value, set.lifetime(), set.now()), old);
  }

  private Result create(V2Command.Create create) throws RefusedException {
    String path = create.path();
    if (create.unique()) {
      String digits = Long.toString(V2Rows.index(rows) + 1);
      path = V2Rows.child(path, "0".repeat(UNIQUE_DIGITS - digits.length()) + digits);
    }
    return make(
        new Made(
            Action.CREATE,
            path,
            create.directory(),
            create.value(),
            create.lifetime(),
            create.now()),
        null);
  }

  /// A node to be made.
  private record Made(
      Action action,
      String path,
      boolean directory,
      String value,
      V2Command.Lifetime lifetime,
      long now) {}

  /// @param replaced the node that may be there and is replaced; null: none may be
  private Result make(Made made, @Nullable V2Entry replaced) throws RefusedException {
    String path = made.path();
    checkWritable(path);
    long index = V2Rows.index(rows) + 1;
    long expiration = made.lifetime().expiration();
    if (expiration < EARLIEST_EXPIRATION) {
      expiration = 0;
    }
    List<String> missing = missingParents(path);
    if (made.action() == Action.CREATE && V2Rows.find(rows, path) != null) {
      throw refused(V2Refusal.KEY_EXISTS, path);
    }
    if (replaced != null && replaced.directory()) {
      throw refused(V2Refusal.NOT_A_FILE, path);
    }
    for (String parent : missing) {
      rows.put(V2Rows.nodeKey(parent), V2Rows.entry(V2Entry.newDirectory(index)));
    }
    var entry =
        new V2Entry(
            made.directory(), index, index, expiration, made.directory() ? "" : made.value());
    write(path, entry, replaced);
    V2Node before = replaced == null ? null : replaced.shown(path, made.now());
    boolean silent = made.action() == Action.SET && made.lifetime().refresh();
    return done(new V2Event(made.action(), entry.shown(path, made.now()), before, silent));
  }

  private Result update(V2Command.Update update) throws RefusedException {
    checkWritable(update.path());
    V2Entry old = find(update.path());
    if (old.directory() && !update.value().isEmpty()) {
      throw refused(V2Refusal.NOT_A_FILE, update.path());
    }
    return rewrite(
        Action.UPDATE, update.path(), old, update.value(), update.lifetime(), update.now());
  }

  private Result swap(V2Command.CompareAndSwap swap) throws RefusedException {
    checkWritable(swap.path());
    V2Entry old = find(swap.path());
    compare(swap.path(), old, swap.expected());
    return rewrite(
        Action.COMPARE_AND_SWAP, swap.path(), old, swap.value(), swap.lifetime(), swap.now());
  }

  /// A directory keeps its index: only its lifetime changes.
  private Result rewrite(
      Action action,
      String path,
      V2Entry old,
      String value,
      V2Command.Lifetime lifetime,
      long now) {
    long index = V2Rows.index(rows) + 1;
    String kept = lifetime.refresh() ? old.value() : value;
    V2Entry entry = old.changed(kept, index, lifetime.expiration());
    write(path, old.directory() ? old.changed("", old.modified(), entry.expiration()) : entry, old);
    return done(
        new V2Event(action, entry.shown(path, now), old.shown(path, now), lifetime.refresh()));
  }

  private Result delete(V2Command.Delete delete) throws RefusedException {
    checkWritable(delete.path());
    V2Entry entry = find(delete.path());
    if (entry.directory()) {
      if (!delete.directory() && !delete.recursive()) {
        throw refused(V2Refusal.NOT_A_FILE, delete.path());
      }
      if (!delete.recursive() && hasChildren(delete.path())) {
        throw refused(V2Refusal.DIRECTORY_NOT_EMPTY, delete.path());
      }
    }
    return end(Action.DELETE, delete.path(), entry, delete.now());
  }

  private Result delete(V2Command.CompareAndDelete delete) throws RefusedException {
    V2Entry entry = find(delete.path());
    compare(delete.path(), entry, delete.expected());
    return end(Action.COMPARE_AND_DELETE, delete.path(), entry, delete.now());
  }

  private Result end(Action action, String path, V2Entry entry, long now) {
    var ended = new ArrayList<String>();
    remove(path, entry, ended);
    V2Event event = ending(action, path, entry, now);
    keep(event);
    return new Result.Done(event, ended);
  }

  private V2Event ending(Action action, String path, V2Entry entry, long now) {
    long index = V2Rows.index(rows) + 1;
    boolean directory = entry.directory() && action != Action.COMPARE_AND_DELETE;
    var node = new V2Node(path, null, directory, 0, 0, List.of(), index, entry.created());
    return new V2Event(action, node, entry.shown(path, now), false);
  }

  /// Children first.
  private void remove(String path, V2Entry entry, List<String> ended) {
    if (entry.directory()) {
      for (String name : V2Rows.names(rows, path)) {
        String child = V2Rows.child(path, name);
        remove(child, present(child), ended);
      }
    }
    rows.delete(V2Rows.nodeKey(path));
    if (entry.expiration() != 0) {
      rows.delete(V2Rows.expirationKey(entry.expiration(), path));
    }
    ended.add(path);
  }

  private Result done(V2Event event) {
    keep(event);
    return new Result.Done(event, List.of());
  }

  private void keep(V2Event event) {
    long index = event.index();
    rows.put(V2Rows.indexKey(), V2Rows.index(index));
    rows.put(V2Rows.eventKey(index), V2Rows.event(event));
    if (index > V2Rows.HISTORY) {
      rows.delete(V2Rows.eventKey(index - V2Rows.HISTORY));
    }
  }

  private void write(String path, V2Entry entry, @Nullable V2Entry old) {
    if (old != null && old.expiration() != 0) {
      rows.delete(V2Rows.expirationKey(old.expiration(), path));
    }
    rows.put(V2Rows.nodeKey(path), V2Rows.entry(entry));
    if (entry.expiration() != 0) {
      rows.put(V2Rows.expirationKey(entry.expiration(), path), Rows.NOTHING);
    }
  }

  private void checkWritable(String path) throws RefusedException {
    if (path.equals("/")) {
      throw refused(V2Refusal.ROOT_READ_ONLY, "/");
    }
  }

  private void compare(String path, V2Entry entry, V2Command.Expected expected)
      throws RefusedException {
    if (entry.directory()) {
      throw refused(V2Refusal.NOT_A_FILE, path.equals("/") ? "" : path);
    }
    var differences = new ArrayList<String>(2);
    if (!expected.value().isEmpty() && !expected.value().equals(entry.value())) {
      differences.add("[" + expected.value() + " != " + entry.value() + "]");
    }
    if (expected.index() != 0 && expected.index() != entry.modified()) {
      differences.add(
          "[" + Long.toUnsignedString(expected.index()) + " != " + entry.modified() + "]");
    }
    if (!differences.isEmpty()) {
      throw refused(V2Refusal.COMPARE_FAILED, String.join(" ", differences));
    }
  }

  /// The directories above the path that do not exist, from the top down.
  private List<String> missingParents(String path) throws RefusedException {
    var missing = new ArrayList<String>();
    int slash = path.indexOf('/', 1);
    while (slash > 0) {
      String parent = path.substring(0, slash);
      V2Entry entry = missing.isEmpty() ? V2Rows.find(rows, parent) : null;
      if (entry == null) {
        missing.add(parent);
      } else if (!entry.directory()) {
        throw refused(V2Refusal.NOT_A_DIRECTORY, parent);
      }
      slash = path.indexOf('/', slash + 1);
    }
    return missing;
  }

  private boolean hasChildren(String path) {
    return !V2Rows.names(rows, path).isEmpty();
  }

  /// The node, or null when it or a directory above it does not exist.
  private @Nullable V2Entry findOrNull(String path) throws RefusedException {
    V2Lookup.Found found = V2Lookup.find(rows, path);
    return switch (found) {
      case V2Lookup.Found.Node(V2Entry entry) -> entry;
      case V2Lookup.Found.Nothing(V2Refusal reason, String where) -> {
        if (reason != V2Refusal.KEY_NOT_FOUND) {
          throw refused(reason, where);
        }
        yield null;
      }
    };
  }

  private V2Entry find(String path) throws RefusedException {
    return switch (V2Lookup.find(rows, path)) {
      case V2Lookup.Found.Node(V2Entry entry) -> entry;
      case V2Lookup.Found.Nothing(V2Refusal reason, String where) -> throw refused(reason, where);
    };
  }

  private V2Entry present(String path) {
    V2Entry entry = V2Rows.find(rows, path);
    if (entry == null) {
      throw Invariant.unreachable("a listed node exists");
    }
    return entry;
  }

  private RefusedException refused(V2Refusal reason, String cause) {
    return new RefusedException(new Result.Refused(reason, cause, V2Rows.index(rows)));
  }
}
