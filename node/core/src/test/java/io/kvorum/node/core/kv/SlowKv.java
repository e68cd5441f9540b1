package io.kvorum.node.core.kv;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A state machine that is obviously right and slow: it keeps a whole map for every revision. The
/// real one is compared with it.
final class SlowKv {

  private final List<TreeMap<Bytes, KeyValue>> revisions = new ArrayList<>();
  private final List<Event> events = new ArrayList<>();
  private final TreeMap<Long, Lease> leases = new TreeMap<>();
  private long compactRevision = -1;

  SlowKv() {
    revisions.add(new TreeMap<>());
    revisions.add(new TreeMap<>());
  }

  long revision() {
    return revisions.size() - 1L;
  }

  long compactRevision() {
    return compactRevision;
  }

  SortedMap<Bytes, KeyValue> at(long revision) {
    return revisions.get((int) revision);
  }

  List<Event> events(long from, long to, KeyFilter keys) {
    return events.stream()
        .filter(event -> event.revision() >= from && event.revision() <= to)
        .filter(event -> keys.wants(event.current().key()))
        .toList();
  }

  Outcome apply(Command command) {
    return switch (command) {
      case Command.Put put -> write(write -> write.failure(put), write -> write.put(put));
      case Command.DeleteRange delete -> write(_ -> null, write -> write.delete(delete));
      case Command.Txn txn -> txn(txn);
      case Command.Compact(long to) -> compact(to);
      case Command.LeaseGrant(long id, long ttl) -> grant(id, ttl);
      case Command.LeaseRevoke(long id) -> revoke(id);
      default -> throw new IllegalArgumentException("not modelled: " + command);
    };
  }

  private Outcome compact(long to) {
    if (to <= compactRevision) {
      return new Outcome.RevisionCompacted(compactRevision);
    }
    if (to > revision()) {
      return new Outcome.FutureRevision(revision());
    }
    compactRevision = to;
    return new Outcome.Compacted(revision(), to);
  }

  private Outcome grant(long id, long ttl) {
    if (leases.containsKey(id)) {
      return new Outcome.LeaseExists(id);
    }
    leases.put(id, new Lease(id, ttl, 0));
    return new Outcome.LeaseGranted(revision(), leases.get(id));
  }

  private Outcome revoke(long id) {
    if (leases.remove(id) == null) {
      return new Outcome.LeaseNotFound(id);
    }
    List<Bytes> keys =
        at(revision()).values().stream().filter(kv -> kv.lease() == id).map(KeyValue::key).toList();
    var write = new Write();
    keys.forEach(write::delete);
    write.end();
    return new Outcome.LeaseRevoked(revision(), id, keys.size());
  }

  private interface Check {
    Outcome.@Nullable Failure of(Write write);
  }

  private interface Action {
    Outcome of(Write write);
  }

  private Outcome write(Check check, Action action) {
    var write = new Write();
    Outcome.Failure failure = check.of(write);
    if (failure != null) {
      return failure;
    }
    Outcome outcome = action.of(write);
    write.end();
    return outcome;
  }

  private Outcome txn(Command.Txn txn) {
    return write(
        write -> write.failure(txn),
        write -> {
          Outcome.TxnDone done = write.txn(txn);
          return new Outcome.TxnDone(write.header(), done.succeeded(), done.responses());
        });
  }

  Outcome range(RangeQuery query) {
    Outcome.Failure failure = new Write().failure(query);
    return failure != null ? failure : new Outcome.Ranged(revision(), new Write().range(query));
  }

  /// One revision in the making.
  private final class Write {
    final SortedMap<Bytes, KeyValue> before = at(revision());
    final TreeMap<Bytes, KeyValue> now = new TreeMap<>(before);
    final List<Event> made = new ArrayList<>();
    final long main = revision() + 1;

    void end() {
      if (!made.isEmpty()) {
        revisions.add(now);
        events.addAll(made);
      }
    }

    long header() {
      return made.isEmpty() ? main - 1 : main;
    }

    /// Of what stands alone, and of transactions as wholes.
    Outcome.@Nullable Failure failure(Operation operation) {
      return switch (operation) {
        case RangeQuery query -> query.revision() <= 0 ? null : unreadable(query);
        case Command.Put put -> noLease(put) != null ? noLease(put) : noKey(put);
        case Command.DeleteRange _ -> null;
        case Command.Txn txn -> {
          for (Operation inner : branch(txn)) {
            Outcome.Failure failure = failureInTxn(inner);
            if (failure != null) {
              yield failure;
            }
          }
          yield null;
        }
      };
    }

    private Outcome.@Nullable Failure failureInTxn(Operation operation) {
      return switch (operation) {
        case RangeQuery query -> query.revision() == 0 ? null : unreadable(query);
        case Command.Put put -> noKey(put) != null ? noKey(put) : noLease(put);
        case Command.DeleteRange _, Command.Txn _ -> failure(operation);
      };
    }

    private Outcome.@Nullable Failure unreadable(RangeQuery query) {
      return query.revision() > revision()
          ? new Outcome.FutureRevision(revision())
          : query.revision() < compactRevision
              ? new Outcome.RevisionCompacted(compactRevision)
              : null;
    }

    private Outcome.@Nullable Failure noLease(Command.Put put) {
      return put.lease() != 0 && !leases.containsKey(put.lease())
          ? new Outcome.LeaseNotFound(put.lease())
          : null;
    }

    private Outcome.@Nullable Failure noKey(Command.Put put) {
      return (put.ignoreLease() || put.ignoreValue()) && !before.containsKey(put.key())
          ? new Outcome.KeyNotFound()
          : null;
    }

    List<Operation> branch(Command.Txn txn) {
      return txn.compares().stream().allMatch(this::holds) ? txn.success() : txn.failure();
    }

    boolean holds(Compare compare) {
      List<KeyValue> kvs =
          before.values().stream().filter(kv -> compare.range().wants(kv.key())).toList();
      if (kvs.isEmpty()) {
        return compare.target() != Compare.Target.VALUE
            && holds(compare, new KeyValue(compare.key(), 0, 0, 0, 0, Bytes.EMPTY));
      }
      return kvs.stream().allMatch(kv -> holds(compare, kv));
    }

    boolean holds(Compare compare, KeyValue kv) {
      int order =
          switch (compare.target()) {
            case VERSION -> Long.compare(kv.version(), compare.number());
            case CREATE -> Long.compare(kv.createRevision(), compare.number());
            case MOD -> Long.compare(kv.modRevision(), compare.number());
            case LEASE -> Long.compare(kv.lease(), compare.number());
            case VALUE -> kv.value().compareTo(compare.value());
            case UNKNOWN -> 0;
          };
      return switch (compare.result()) {
        case EQUAL -> order == 0;
        case NOT_EQUAL -> order != 0;
        case LESS -> order < 0;
        case GREATER -> order > 0;
        case UNKNOWN -> true;
      };
    }

    Outcome.PutDone put(Command.Put put) {
      KeyValue old = now.get(put.key());
      KeyValue kv =
          new KeyValue(
              put.key(),
              old == null ? main : old.createRevision(),
              main,
              old == null ? 1 : old.version() + 1,
              put.ignoreLease() && old != null ? old.lease() : put.lease(),
              put.ignoreValue() && old != null ? old.value() : put.value());
      now.put(put.key(), kv);
      made.add(new Event(Event.Kind.PUT, kv, old == null ? null : before.get(put.key())));
      return new Outcome.PutDone(main, put.previousWanted() ? old : null);
    }

    Outcome.Deleted delete(Command.DeleteRange delete) {
      List<KeyValue> gone =
          now.values().stream().filter(kv -> delete.range().wants(kv.key())).toList();
      gone.forEach(kv -> delete(kv.key()));
      return new Outcome.Deleted(header(), gone.size(), delete.previousWanted() ? gone : List.of());
    }

    void delete(Bytes key) {
      now.remove(key);
      made.add(new Event(Event.Kind.DELETE, KeyValue.deleted(key, main), before.get(key)));
    }

    Outcome.TxnDone txn(Command.Txn txn) {
      var responses = new ArrayList<Outcome.OperationSuccess>();
      List<Operation> branch = branch(txn);
      for (Operation operation : branch) {
        responses.add(
            switch (operation) {
              case RangeQuery query -> new Outcome.Ranged(header(), range(query));
              case Command.Put put -> put(put);
              case Command.DeleteRange delete -> delete(delete);
              case Command.Txn nested -> txn(nested);
            });
      }
      boolean succeeded = txn.compares().stream().allMatch(this::holds);
      return new Outcome.TxnDone(0, succeeded, responses);
    }

    RangeResult range(RangeQuery query) {
      Map<Bytes, KeyValue> map = query.revision() > 0 ? at(query.revision()) : now;
      List<KeyValue> all =
          map.values().stream().filter(kv -> query.range().wants(kv.key())).toList();
      if (query.countOnly()) {
        return new RangeResult(List.of(), false, all.size());
      }
      List<KeyValue> shown = new ArrayList<>(all.stream().filter(query.filter()::passes).toList());
      Comparator<KeyValue> order =
          switch (query.target()) {
            case KEY -> Comparator.comparing(KeyValue::key);
            case VERSION -> Comparator.comparingLong(KeyValue::version);
            case CREATE -> Comparator.comparingLong(KeyValue::createRevision);
            case MOD -> Comparator.comparingLong(KeyValue::modRevision);
            case VALUE -> Comparator.comparing(KeyValue::value);
          };
      shown.sort(query.order() == RangeQuery.SortOrder.DESCEND ? order.reversed() : order);
      boolean more = query.limit() > 0 && shown.size() > query.limit();
      return new RangeResult(
          shown.stream()
              .limit(more ? query.limit() : Long.MAX_VALUE)
              .map(kv -> query.keysOnly() ? kv.withoutValue() : kv)
              .toList(),
          more,
          all.size());
    }
  }
}
