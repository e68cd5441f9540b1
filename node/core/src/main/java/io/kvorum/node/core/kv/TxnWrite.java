package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One command that writes keys, in the revision that it makes if it changes anything: a put, a
/// deletion, a transaction of them, the end of a lease.
///
/// Invariant: `sub` is the number of changes made so far; the revision is taken once it is not 0.
final class TxnWrite {

  /// The keys of a wide deletion are read in portions.
  private static final int KEYS_AT_ONCE = 1_000;

  private final Workspace workspace;
  private final State before;

  /// The revision of its changes.
  private final long main;

  private int sub;

  TxnWrite(Workspace workspace, State before) {
    this.workspace = workspace;
    this.before = before;
    main = before.revision() + 1;
  }

  /// The current revision with what has been done so far: what stands in the answer's header.
  long revision() {
    return sub == 0 ? main - 1 : main;
  }

  /// Why a put must not be tried; null if it may. Of two reasons etcd names the lease.
  Outcome.@Nullable Failure refusal(Command.Put put) {
    return refusal(missingLease(put), missingKey(put));
  }

  /// As [#refusal(Command.Put)], for a put within a transaction, where etcd names the key.
  private Outcome.@Nullable Failure refusalInTxn(Command.Put put) {
    return refusal(missingKey(put), missingLease(put));
  }

  private static Outcome.@Nullable Failure refusal(
      Outcome.@Nullable Failure first, Outcome.@Nullable Failure second) {
    return first != null ? first : second;
  }

  private Outcome.@Nullable Failure missingLease(Command.Put put) {
    boolean missing = put.lease() != 0 && workspace.lease(put.lease()) == null;
    return missing ? new Outcome.LeaseNotFound(put.lease()) : null;
  }

  private Outcome.@Nullable Failure missingKey(Command.Put put) {
    boolean needsKey = put.ignoreValue() || put.ignoreLease();
    return needsKey && workspace.get(put.key()) == null ? new Outcome.KeyNotFound() : null;
  }

  Outcome.PutDone put(Command.Put put) {
    Stored old = workspace.get(put.key());
    workspace.put(put.key(), old == null ? first(put) : next(put, old));
    sub++;
    KeyValue previous = put.previousWanted() && old != null ? old.of(put.key()) : null;
    return new Outcome.PutDone(main, previous);
  }

  private Stored first(Command.Put put) {
    return new Stored(main, sub, main, 1, put.lease(), put.value());
  }

  private Stored next(Command.Put put, Stored old) {
    long lease = put.ignoreLease() ? old.lease() : put.lease();
    Bytes value = put.ignoreValue() ? old.value() : put.value();
    return new Stored(main, sub, old.create(), old.version() + 1, lease, value);
  }

  Outcome.Deleted delete(Command.DeleteRange delete) {
    List<Bytes> keys = existing(delete);
    prefetch(keys);
    List<KeyValue> previous = new ArrayList<>();
    for (Bytes key : keys) {
      Stored old = workspace.get(key);
      if (delete.previousWanted() && old != null) {
        previous.add(old.of(key));
      }
      delete(key);
    }
    return new Outcome.Deleted(revision(), keys.size(), previous);
  }

  void delete(Bytes key) {
    workspace.delete(key, main, sub);
    sub++;
  }

  private void prefetch(List<Bytes> keys) {
    for (int at = 0; at < keys.size(); at += KEYS_AT_ONCE) {
      List<Bytes> some = keys.subList(at, Math.min(at + KEYS_AT_ONCE, keys.size()));
      workspace.prefetch(some.stream().map(Bytes::array).toList());
    }
  }

  private List<Bytes> existing(Command.DeleteRange delete) {
    if (delete.rangeEnd().isEmpty()) {
      return workspace.get(delete.key()) == null ? List.of() : List.of(delete.key());
    }
    List<Bytes> keys = new ArrayList<>();
    if (!delete.range().isEmpty()) {
      try (KeyWalk walk = workspace.walk(delete.range())) {
        while (walk.next()) {
          keys.add(walk.key());
        }
      }
    }
    return keys;
  }

  Outcome txn(Command.Txn txn) {
    TxnPath path = TxnPath.of(txn, workspace);
    Outcome.Failure refusal = refusal(path);
    return refusal != null ? refusal : run(path).atRevision(revision());
  }

  /// Looks for what would fail midway before anything is done, on the state before the transaction.
  private Outcome.@Nullable Failure refusal(TxnPath path) {
    var readable = new ReadableRevisions(before.compactRevision(), before.revision());
    Iterator<TxnPath> nested = path.nested().iterator();
    for (Operation operation : path.branch()) {
      Outcome.Failure refusal =
          switch (operation) {
            case RangeQuery range -> readable.refusalInTxn(range.revision());
            case Command.Put put -> refusalInTxn(put);
            case Command.DeleteRange _ -> null;
            case Command.Txn _ -> refusal(nested.next());
          };
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private Outcome.TxnDone run(TxnPath path) {
    List<Outcome.OperationSuccess> responses = new ArrayList<>();
    Iterator<TxnPath> nested = path.nested().iterator();
    for (Operation operation : path.branch()) {
      responses.add(
          switch (operation) {
            case RangeQuery range -> range(range);
            case Command.Put put -> put(put);
            case Command.DeleteRange delete -> delete(delete);
            case Command.Txn _ -> run(nested.next());
          });
    }
    return new Outcome.TxnDone(0, path.succeeded(), responses);
  }

  private Outcome.Ranged range(RangeQuery query) {
    Keyspace keys =
        query.revision() <= 0 ? workspace : workspace.past(query.revision(), before.revision());
    RangeResult result = RangeRead.answer(keys, query, query.revision(), null, AnswerRoom.ENDLESS);
    if (result == null) {
      throw Invariant.unreachable("endless room is never used up");
    }
    return new Outcome.Ranged(revision(), result);
  }

  /// Whether the transaction reads an explicit revision, which needs everything before it to be
  /// committed.
  static boolean readsPast(Command.Txn txn) {
    return readsPast(txn.success()) || readsPast(txn.failure());
  }

  private static boolean readsPast(List<Operation> operations) {
    for (Operation operation : operations) {
      boolean past =
          switch (operation) {
            case RangeQuery range -> range.revision() > 0;
            case Command.Put _, Command.DeleteRange _ -> false;
            case Command.Txn nested -> readsPast(nested);
          };
      if (past) {
        return true;
      }
    }
    return false;
  }

  /// Deletes the keys of a lease that has ended; all of them exist.
  void deleteAttached(List<Bytes> keys, long lease) {
    prefetch(keys);
    for (Bytes key : keys) {
      Stored stored = workspace.get(key);
      Invariant.check(stored != null && stored.lease() == lease, "an attached key exists", key);
      delete(key);
    }
  }
}
