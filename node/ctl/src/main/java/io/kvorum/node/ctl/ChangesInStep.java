package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.Compare;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.mvcc.Event;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Brings changes over so that the revision numbers of both stores stay the same: one transaction
/// for each revision, on a target that was restored from the source's own backup.
///
/// Transactions are sent ahead of the answers, and a lost answer is asked for again; neither may
/// change the order or make one twice. So each of them holds two guards, and does nothing (and uses
/// no revision) unless both hold:
///
/// - its first key was last changed *before* the revision it makes, so it is not made twice,
///   however late a lost copy of it arrives;
/// - the first key of the revision before it is as that one left it, so it is not made early.
final class ChangesInStep implements Applier {

  private static final Comparator<ByteString> ORDER =
      ByteString.unsignedLexicographicalComparator();

  /// A revision under way.
  private record Step(long revision, InFlight.Sent sent) {}

  private final Store target;
  private final LeaseCopies leases;
  private final int maxOperations;
  private final InFlight lane;
  private final Deque<Step> underWay = new ArrayDeque<>();

  /// The last revision sent. Invariant: those under way are the ones up to it, without a gap.
  private long last;

  /// What holds in the target when that one is made.
  private @Nullable Compare guard;

  /// @param revision that of both stores now
  ChangesInStep(
      Store target, LeaseCopies leases, int maxOperations, Duration timeout, long revision) {
    this.target = target;
    this.leases = leases;
    this.maxOperations = maxOperations;
    this.lane = new InFlight(target, timeout);
    this.last = revision;
  }

  @Override
  public void apply(long revision, List<Event> changes) throws Failure, IOException {
    if (revision != last + 1) {
      throw Failure.error(
          "the source goes from revision %d to %d: the numbers cannot be kept in step"
              .formatted(last, revision));
    }
    if (underWay.size() >= InFlight.MAX) {
      settle();
    }
    TxnRequest request = transaction(revision, changes);
    underWay.add(new Step(revision, lane.start(request)));
    last = revision;
    guard = follows(changes.getFirst());
  }

  private TxnRequest transaction(long revision, List<Event> changes) throws Failure, IOException {
    for (Event change : changes) {
      if (change.getType() == Event.EventType.PUT) {
        leases.ensure(change.getKv().getLease());
      }
    }
    var request = TxnRequest.newBuilder().addAllSuccess(operations(revision, changes));
    KeyValue first = changes.getFirst().getKv();
    request.addCompare(
        Compare.newBuilder()
            .setKey(first.getKey())
            .setTarget(Compare.CompareTarget.MOD)
            .setResult(Compare.CompareResult.LESS)
            .setModRevision(revision));
    if (changes.getFirst().getType() == Event.EventType.DELETE) {
      request.addCompare(
          Compare.newBuilder()
              .setKey(first.getKey())
              .setTarget(Compare.CompareTarget.VERSION)
              .setResult(Compare.CompareResult.GREATER));
    }
    if (guard != null) {
      request.addCompare(guard);
    }
    return request.build();
  }

  /// What is so when a change was the last of its key.
  private static Compare follows(Event change) {
    var compare = Compare.newBuilder().setKey(change.getKv().getKey());
    return switch (change.getType()) {
      case DELETE -> compare.setTarget(Compare.CompareTarget.VERSION).setVersion(0).build();
      case PUT, UNRECOGNIZED ->
          compare
              .setTarget(Compare.CompareTarget.MOD)
              .setModRevision(change.getKv().getModRevision())
              .build();
    };
  }

  private List<RequestOp> operations(long revision, List<Event> changes)
      throws Failure, IOException {
    if (changes.size() <= maxOperations) {
      return changes.stream().map(ChangesInStep::operation).toList();
    }
    List<RequestOp> operations = withRanges(changes);
    if (operations.size() > maxOperations) {
      throw Failure.error(
          ("revision %d of the source changes %d keys at once, more than a transaction of %d"
                  + " operations can: start the target's members with a larger --max-txn-ops, and"
                  + " give it here, too")
              .formatted(revision, changes.size(), maxOperations));
    }
    return operations;
  }

  private static RequestOp operation(Event change) {
    return change.getType() == Event.EventType.DELETE
        ? Batch.delete(change.getKv().getKey())
        : Batch.put(change.getKv());
  }

  /// Deletions of keys that stand side by side in the target become one of a range: the source
  /// deleted them so, or with their lease.
  private List<RequestOp> withRanges(List<Event> changes) throws Failure, IOException {
    flush();
    var operations = new ArrayList<RequestOp>();
    var written = new TreeSet<ByteString>(ORDER);
    changes.stream()
        .filter(change -> change.getType() == Event.EventType.PUT)
        .forEach(change -> written.add(change.getKv().getKey()));
    var run = new ArrayList<ByteString>();
    for (Event change : changes) {
      boolean deletes = change.getType() == Event.EventType.DELETE;
      ByteString key = change.getKv().getKey();
      if (!run.isEmpty() && (!deletes || ORDER.compare(run.getLast(), key) >= 0)) {
        addRanges(run, written, operations);
        run.clear();
      }
      if (deletes) {
        run.add(key);
      } else {
        operations.add(Batch.put(change.getKv()));
      }
    }
    if (!run.isEmpty()) {
      addRanges(run, written, operations);
    }
    return operations;
  }

  /// Adds the deletion of ascending keys, as few ranges as leave the keys between them alone.
  private void addRanges(
      List<ByteString> run, NavigableSet<ByteString> written, List<RequestOp> into)
      throws Failure, IOException {
    Scope all = Scope.between(run.getFirst(), run.getLast());
    var present = new Pages(new Store(target.client(), all), 0, true);
    int begin = 0;
    int at = 0;
    for (KeyValue pair = present.next(); pair != null && at < run.size(); pair = present.next()) {
      if (pair.getKey().equals(run.get(at))) {
        at++;
      } else {
        addRange(run.subList(begin, at), written, into);
        begin = at;
      }
    }
    addRange(run.subList(begin, run.size()), written, into);
  }

  private static void addRange(
      List<ByteString> keys, NavigableSet<ByteString> written, List<RequestOp> into) {
    if (keys.isEmpty()) {
      return;
    }
    ByteString between = written.ceiling(keys.getFirst());
    boolean alone = between == null || ORDER.compare(between, keys.getLast()) > 0;
    if (keys.size() == 1 || !alone) {
      keys.forEach(key -> into.add(Batch.delete(key)));
      return;
    }
    Scope range = Scope.between(keys.getFirst(), keys.getLast());
    into.add(
        RequestOp.newBuilder()
            .setRequestDeleteRange(
                DeleteRangeRequest.newBuilder().setKey(range.start()).setRangeEnd(range.end()))
            .build());
  }

  @Override
  public void flush() throws Failure, IOException {
    while (!underWay.isEmpty()) {
      settle();
    }
  }

  /// Waits for the oldest. When it was not made, or its answer was lost, everything under way is
  /// settled one by one.
  private void settle() throws Failure, IOException {
    Step oldest = underWay.element();
    TxnResponse answer = answer(oldest);
    if (answer != null && answer.getSucceeded()) {
      check(oldest.revision(), answer);
      underWay.remove();
      return;
    }
    for (Step step : underWay) {
      var _ = answer(step);
    }
    while (!underWay.isEmpty()) {
      repeat(underWay.remove());
    }
  }

  private static @Nullable TxnResponse answer(Step step) throws Failure {
    try {
      return step.sent().await();
    } catch (Failure e) {
      if (e.exitCode().equals(ExitCode.INTERRUPTED)) {
        throw e;
      }
      // Refused for what stands before it, perhaps; asked again it is told.
      return null;
    }
  }

  private void repeat(Step step) throws Failure, IOException {
    if (target.revision() >= step.revision()) {
      return;
    }
    TxnResponse answer = target.commit(step.sent().request());
    if (answer.getSucceeded()) {
      check(step.revision(), answer);
    } else if (target.revision() < step.revision()) {
      throw Failure.error(
          "the target is not what the source was at revision %d: seed it again from the source"
              .formatted(step.revision() - 1));
    }
  }

  private static void check(long revision, TxnResponse answer) throws Failure {
    if (answer.getHeader().getRevision() != revision) {
      throw Failure.error(
          ("revision %d of the source became %d of the target: somebody else writes to the target;"
                  + " seed it again from the source")
              .formatted(revision, answer.getHeader().getRevision()));
    }
  }
}
