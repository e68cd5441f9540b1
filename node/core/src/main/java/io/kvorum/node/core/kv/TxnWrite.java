package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One command that writes keys, in the revision that it makes if it changes anything: a put, a
/// deletion, a transaction of them, the end of a lease.
///
/// When it changes more than one write to the store may hold, it goes on in the next one, see
/// `Unfinished`.
///
/// Invariant: `sub` is the number of changes made so far; the revision is taken once it is not 0.
final class TxnWrite {

  private final Workspace workspace;
  private final State before;
  private final Committed.CommandEntry entry;
  private final AnswerRoom room;

  /// The revision of its changes.
  private final long main;

  /// Operations before this one were done in an earlier life.
  private final int firstOperation;

  /// The operation under way, those nested in transactions counted one by one.
  private int operation;

  private int sub;
  private boolean leavesAnswerOut;

  /// @param done what an earlier life has done of the entry
  TxnWrite(
      Workspace workspace,
      State before,
      Committed.CommandEntry entry,
      AnswerRoom room,
      @Nullable Unfinished done) {
    this.workspace = workspace;
    this.before = before;
    this.entry = entry;
    this.room = room;
    main = before.revision() + 1;
    firstOperation = done == null ? 0 : done.operation();
    sub = done == null ? 0 : done.sub();
  }

  /// Whether there was no room for the answer.
  boolean leavesAnswerOut() {
    return leavesAnswerOut;
  }

  /// To be called where everything up to here may be written: not amid a portion of keys.
  private void maybeCommitPart() {
    if (sub > 0 && workspace.isFull()) {
      workspace.commitPart(
          before, new Unfinished(entry.index(), entry.term(), operation, sub, entry.data()));
    }
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
    maybeCommitPart();
    Stored old = workspace.get(put.key());
    workspace.put(put.key(), old == null ? first(put) : next(put, old));
    sub++;
    KeyValue previous = put.previousWanted() && old != null ? maybeShown(old.of(put.key())) : null;
    return new Outcome.PutDone(main, previous);
  }

  private @Nullable KeyValue maybeShown(KeyValue kv) {
    if (!leavesAnswerOut && room.maybeTake(kv)) {
      return kv;
    }
    leavesAnswerOut = true;
    return null;
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
    var previous = new ArrayList<KeyValue>();
    long count = 0;
    KeyRange left = delete.range();
    boolean more = !left.isEmpty();
    while (more) {
      maybeCommitPart();
      Portion portion = portion(left);
      for (Bytes key : portion.keys()) {
        Stored old = workspace.get(key);
        KeyValue shown = delete.previousWanted() && old != null ? maybeShown(old.of(key)) : null;
        if (shown != null) {
          previous.add(shown);
        }
        delete(key);
      }
      count += portion.keys().size();
      more = portion.more();
      left = more ? new KeyRange(portion.keys().getLast().next(), left.end()) : left;
    }
    return new Outcome.Deleted(revision(), count, leavesAnswerOut ? List.of() : previous);
  }

  private void delete(Bytes key) {
    workspace.delete(key, main, sub);
    sub++;
  }

  /// The first keys of a range, which the workspace knows from then on.
  private record Portion(List<Bytes> keys, boolean more) {}

  private Portion portion(KeyRange range) {
    if (range.isSingle()) {
      boolean exists = workspace.get(range.start()) != null;
      return new Portion(exists ? List.of(range.start()) : List.of(), false);
    }
    ApplyBounds bounds = workspace.bounds();
    var keys = new ArrayList<Bytes>();
    var found = new ArrayList<Stored>();
    long bytes = 0;
    boolean more = false;
    try (KeyWalk walk = workspace.walk(range)) {
      while (walk.next()) {
        if (keys.size() == bounds.portionKeys() || bytes > bounds.portionBytes()) {
          more = true;
          break;
        }
        Stored stored = walk.stored();
        keys.add(walk.key());
        found.add(stored);
        bytes += stored.value().length();
      }
    }
    for (int i = 0; i < keys.size(); i++) {
      workspace.keep(keys.get(i), found.get(i));
    }
    return new Portion(keys, more);
  }

  Outcome txn(Command.Txn txn) {
    TxnPath path = TxnPath.of(txn, workspace);
    Outcome.Failure refusal = refusal(path);
    return refusal != null ? refusal : run(path).atRevision(revision());
  }

  /// Does what is left of a transaction, by the branches that it took.
  void resume(Command.Txn txn) {
    run(TxnPath.of(txn, workspace.past(before.revision(), main)));
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
    for (Operation next : path.branch()) {
      Outcome.OperationSuccess response =
          next instanceof Command.Txn ? run(nested.next()) : maybeRun(next);
      if (response != null) {
        responses.add(response);
      }
    }
    return new Outcome.TxnDone(0, path.succeeded(), responses);
  }

  /// Null if an earlier life did it, or there is no room for the answer.
  private Outcome.@Nullable OperationSuccess maybeRun(Operation next) {
    Outcome.OperationSuccess response =
        operation < firstOperation
            ? null
            : switch (next) {
              case RangeQuery range -> maybeRange(range);
              case Command.Put put -> put(put);
              case Command.DeleteRange delete -> delete(delete);
              case Command.Txn _ -> throw Invariant.unreachable("a transaction is run in parts");
            };
    operation++;
    return response;
  }

  private Outcome.@Nullable Ranged maybeRange(RangeQuery query) {
    Keyspace keys = query.revision() <= 0 ? workspace : workspace.past(query.revision(), main);
    RangeResult result =
        leavesAnswerOut ? null : RangeRead.answer(keys, query, query.revision(), null, room);
    leavesAnswerOut |= result == null;
    return result == null ? null : new Outcome.Ranged(revision(), result);
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

  /// Deletes the keys of a lease that has ended, all of which exist; returns how many.
  long deleteAttached(long lease) {
    int atOnce = workspace.bounds().portionKeys();
    long count = 0;
    List<Bytes> keys = workspace.leaseKeys(lease, Bytes.EMPTY, atOnce);
    while (!keys.isEmpty()) {
      deleteAttached(keys, lease);
      count += keys.size();
      keys = workspace.leaseKeys(lease, keys.getLast().next(), atOnce);
    }
    return count;
  }

  private void deleteAttached(List<Bytes> keys, long lease) {
    List<byte[]> arrays = keys.stream().map(Bytes::array).toList();
    int fetched = 0;
    for (int i = 0; i < keys.size(); i++) {
      if (i == fetched) {
        maybeCommitPart();
        fetched += workspace.prefetch(arrays.subList(i, arrays.size()));
      }
      Bytes key = keys.get(i);
      Stored stored = workspace.get(key);
      Invariant.check(stored != null && stored.lease() == lease, "an attached key exists", key);
      delete(key);
    }
  }
}
