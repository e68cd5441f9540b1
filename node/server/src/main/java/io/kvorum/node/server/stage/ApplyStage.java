package io.kvorum.node.server.stage;

import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.Snapshot;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.AppliedReport;
import io.kvorum.node.core.replica.Applier;
import io.kvorum.node.core.replica.ApplyWork;
import io.kvorum.node.core.replica.Caller;
import io.kvorum.node.core.replica.Cluster;
import io.kvorum.node.server.MemberEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Applies committed entries on its own thread: everything that waits becomes one write to the
/// store. Then, in this order: the view is published, agreement is told of changed members and the
/// lessor of changed leases, callers are answered, and observers get the events. So an answered
/// caller finds what it wrote, and a member that learns of a change knows it before anybody hears
/// that it is done.
public final class ApplyStage {
  /// Entries of one write to the store: more would keep those behind them waiting.
  private static final int MAX_BATCH_ENTRIES = 8_192;

  /// Their bytes, unless one piece of work alone has more.
  private static final long MAX_BATCH_BYTES = 8 << 20;

  /// Agreement hands out only so many bytes before it hears how far this stage is; it must hear
  /// before it runs dry.
  private static final long TELL_AFTER_BYTES = 1 << 20;

  private final Mailbox<ApplyWork> mailbox = new Mailbox<>(Integer.MAX_VALUE);
  private final Wiring wiring;
  private final AnswerBatch answers;
  private final StageThread thread;
  private final Map<Snapshot, CompletableFuture<Void>> restores = new ConcurrentHashMap<>();
  private final List<Runnable> refreshed = new ArrayList<>();

  /// Fields of the stage's thread.
  private final Applier applier;

  private long bytesSinceTold;

  private volatile long appliedIndex;
  private volatile Cluster cluster;

  /// What the stage works with.
  ///
  /// @param leases is told before callers are answered
  /// @param observers are told after
  public record Wiring(
      AgreementStage agreement,
      Views views,
      Restoring restoring,
      StateObserver leases,
      List<StateObserver> observers,
      MemberEvents events) {}

  /// Replaces the state by a fetched snapshot. Blocks.
  @FunctionalInterface
  public interface Restoring {
    Restored restore(Snapshot snapshot);
  }

  /// The state machine over the restored state.
  public record Restored(Kv kv, Cluster cluster) {}

  public ApplyStage(Kv kv, Cluster cluster, Wiring wiring, Consumer<Throwable> onFailure) {
    this.wiring = wiring;
    this.applier = new Applier(kv, cluster);
    this.appliedIndex = kv.appliedIndex();
    this.cluster = cluster;
    this.answers =
        new AnswerBatch(
            (own, answer) -> wiring.agreement().post(replica -> replica.ownAnswer(own, answer)));
    this.thread = new StageThread("apply", this::run, onFailure);
  }

  public void start() {
    thread.start();
  }

  public void accept(ApplyWork work) {
    if (work instanceof ApplyWork.Restore(Snapshot snapshot)) {
      restores.put(snapshot, new CompletableFuture<>());
    }
    if (mailbox.add(work) == Mailbox.Offer.FIRST) {
      thread.wake();
    }
  }

  /// Completes when the snapshot's state is in place. Asked once for each.
  public CompletableFuture<?> restored(Snapshot snapshot) {
    CompletableFuture<Void> pending = restores.get(snapshot);
    return pending == null ? CompletableFuture.completedFuture(null) : pending;
  }

  /// Publishes a fresh view although nothing was applied: what it counts has changed underneath.
  public void refresh(Runnable done) {
    synchronized (refreshed) {
      refreshed.add(done);
    }
    thread.wake();
  }

  /// The members as of the last batch.
  public Cluster cluster() {
    return cluster;
  }

  public long appliedIndex() {
    return appliedIndex;
  }

  private boolean run() {
    var works = new ArrayList<ApplyWork>();
    mailbox.drain(works::add);
    boolean refreshing = publishRefreshed();
    for (int done = 0; done < works.size(); ) {
      done = perform(works, done);
    }
    return !works.isEmpty() || refreshing;
  }

  private boolean publishRefreshed() {
    List<Runnable> callbacks;
    synchronized (refreshed) {
      if (refreshed.isEmpty()) {
        return false;
      }
      callbacks = List.copyOf(refreshed);
      refreshed.clear();
    }
    wiring.views().publish(applier.view());
    callbacks.forEach(Runnable::run);
    return true;
  }

  /// Does the work at a place, together with what can be done at once with it; returns the place of
  /// the next.
  private int perform(List<ApplyWork> works, int from) {
    return switch (works.get(from)) {
      case ApplyWork.Entries first -> {
        int until = endOfBatch(works, from);
        applyAll(until == from + 1 ? first : merged(works.subList(from, until)));
        yield until;
      }
      case ApplyWork.Reads(List<Caller> callers) -> {
        callers.forEach(caller -> answers.answer(caller, new Answer.ReadReady()));
        answers.flush();
        yield from + 1;
      }
      case ApplyWork.Restore(Snapshot snapshot) -> {
        restore(snapshot);
        yield from + 1;
      }
    };
  }

  private static int endOfBatch(List<ApplyWork> works, int from) {
    int entries = 0;
    long bytes = 0;
    int until = from;
    while (until < works.size() && works.get(until) instanceof ApplyWork.Entries next) {
      entries += next.entries().size();
      bytes += bytesOf(next.entries());
      if (until > from && (entries > MAX_BATCH_ENTRIES || bytes > MAX_BATCH_BYTES)) {
        break;
      }
      until++;
    }
    return until;
  }

  private static ApplyWork.Entries merged(List<ApplyWork> works) {
    var entries = new ArrayList<Entry>();
    var callers = new ArrayList<@Nullable Caller>();
    for (ApplyWork work : works) {
      if (work instanceof ApplyWork.Entries part) {
        entries.addAll(part.entries());
        callers.addAll(part.callers());
      }
    }
    return new ApplyWork.Entries(entries, callers);
  }

  private void applyAll(ApplyWork.Entries work) {
    long start = System.nanoTime();
    Applier.Batch batch = applier.apply(work.entries());
    View view = batch.applied().view();
    wiring.views().publish(view);
    tell(work.entries(), batch.report());
    wiring.leases().applied(batch.applied());
    for (int i = 0; i < work.callers().size(); i++) {
      Caller caller = work.callers().get(i);
      if (caller != null) {
        answers.answer(caller, batch.answers().get(i));
      }
    }
    answers.flush();
    for (StateObserver observer : wiring.observers()) {
      observer.applied(batch.applied());
    }
    wiring.events().batchApplied(work.entries().size(), System.nanoTime() - start);
  }

  private void tell(List<Entry> entries, @Nullable AppliedReport report) {
    if (report != null) {
      cluster = report.cluster();
      wiring.agreement().post(replica -> replica.applied(report));
    }
    appliedIndex = entries.getLast().index();
    bytesSinceTold += bytesOf(entries);
    if (bytesSinceTold >= TELL_AFTER_BYTES) {
      bytesSinceTold = 0;
      wiring.agreement().post(_ -> {});
    }
  }

  private static long bytesOf(List<Entry> entries) {
    long bytes = 0;
    for (Entry entry : entries) {
      bytes += entry.size();
    }
    return bytes;
  }

  private void restore(Snapshot snapshot) {
    Restored restored = wiring.restoring().restore(snapshot);
    View view = restored.kv().view();
    AppliedReport report = applier.restored(restored.kv(), restored.cluster(), view.featureLevel());
    cluster = report.cluster();
    wiring.views().publish(view);
    wiring.agreement().post(replica -> replica.applied(report));
    appliedIndex = report.index();
    wiring.leases().restored(view);
    CompletableFuture<Void> waiting = restores.remove(snapshot);
    if (waiting != null) {
      waiting.complete(null);
    }
    for (StateObserver observer : wiring.observers()) {
      observer.restored(view);
    }
  }

  /// Ends the thread once what waits is applied.
  public void close() {
    thread.close();
  }
}
