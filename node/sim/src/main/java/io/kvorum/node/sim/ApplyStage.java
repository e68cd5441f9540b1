package io.kvorum.node.sim;

import io.kvorum.node.core.kv.Compaction;
import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.MemoryStore;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.Snapshot;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.AppliedReport;
import io.kvorum.node.core.replica.Applier;
import io.kvorum.node.core.replica.ApplyWork;
import io.kvorum.node.core.replica.Caller;
import io.kvorum.node.core.replica.Cluster;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Applies committed entries, after a while, several pieces of work at once: the view is published,
/// agreement is told, callers are answered, watchers get the events.
final class ApplyStage {
  private static final int MAX_CHANGES_OF_A_COMPACTION_STEP = 3;

  private final Life life;
  private final RandomGenerator random;
  private final Applier applier;
  private final ArrayDeque<ApplyWork> waiting = new ArrayDeque<>();
  private final List<Snapshot> restoring = new ArrayList<>();
  private Kv kv;
  private View view;
  private Cluster cluster;
  private long appliedIndex;
  private boolean busy;
  private boolean compacting;

  ApplyStage(Life life, Kv kv, Cluster cluster) {
    this.life = life;
    this.random = life.machine.random;
    this.kv = kv;
    this.cluster = cluster;
    this.applier = new Applier(kv, cluster);
    this.appliedIndex = kv.appliedIndex();
    this.view = kv.view();
  }

  long appliedIndex() {
    return appliedIndex;
  }

  long persistedIndex() {
    return kv.persistedIndex();
  }

  Cluster cluster() {
    return cluster;
  }

  /// The state as readers see it; valid until the next batch.
  View view() {
    return view;
  }

  void accept(ApplyWork work) {
    if (work instanceof ApplyWork.Restore(Snapshot snapshot)) {
      restoring.add(snapshot);
    }
    if (work instanceof ApplyWork.Reads(List<Caller> callers)
        && life.world.bug == Bug.READS_BEFORE_APPLIED) {
      callers.forEach(caller -> life.answer(caller, new Answer.ReadReady()));
      return;
    }
    waiting.add(work);
    beginIfIdle();
  }

  boolean isRestored(Snapshot snapshot) {
    return !restoring.contains(snapshot);
  }

  private void beginIfIdle() {
    if (!busy && !waiting.isEmpty()) {
      busy = true;
      life.later(random.nextInt(1, life.world.maxApplyDelay() + 1), this::perform);
    }
  }

  private void perform() {
    busy = false;
    int pieces = random.nextInt(1, 5);
    for (int i = 0; i < pieces && !waiting.isEmpty(); i++) {
      switch (waiting.removeFirst()) {
        case ApplyWork.Entries first -> apply(withThoseBehind(first));
        case ApplyWork.Reads(List<Caller> callers) ->
            callers.forEach(caller -> life.answer(caller, new Answer.ReadReady()));
        case ApplyWork.Restore(Snapshot snapshot) -> restore(snapshot);
      }
    }
    beginIfIdle();
  }

  private ApplyWork.Entries withThoseBehind(ApplyWork.Entries first) {
    var entries = new ArrayList<>(first.entries());
    var callers = new ArrayList<@Nullable Caller>(first.callers());
    while (waiting.peekFirst() instanceof ApplyWork.Entries next && random.nextBoolean()) {
      waiting.removeFirst();
      entries.addAll(next.entries());
      callers.addAll(next.callers());
    }
    return new ApplyWork.Entries(entries, callers);
  }

  private void apply(ApplyWork.Entries work) {
    Cluster before = cluster;
    Applier.Batch batch = applier.apply(work.entries());
    life.world.timeline.add(life.machine.id, "applies", work.entries());
    publish(batch.applied().view());
    long term = life.status().leadership().term();
    life.world.oracle.applied(work.entries(), batch, before, term);
    for (int i = 0; i < work.entries().size(); i++) {
      life.world.leases.applied(work.entries().get(i), batch.answers().get(i));
    }
    life.lessor().applied(batch.applied(), life.nanos());
    life.world.oracle.stands(life.machine.id, view, false);
    tell(work.entries(), batch.report());
    for (int i = 0; i < work.callers().size(); i++) {
      Caller caller = work.callers().get(i);
      if (caller != null) {
        life.answer(caller, batch.answers().get(i));
      }
    }
    life.world.watchers().forEach(watcher -> watcher.applied(life, batch.applied().events(), view));
    if (batch.applied().outcomes().stream().anyMatch(Outcome.Compacted.class::isInstance)) {
      scheduleCompaction();
    }
  }

  private void publish(View next) {
    view.close();
    view = next;
  }

  private void tell(List<Entry> entries, @Nullable AppliedReport report) {
    if (report != null) {
      cluster = report.cluster();
      AppliedReport told = told(report);
      life.post(replica -> replica.applied(told));
    }
    appliedIndex = entries.getLast().index();
    life.post(_ -> {});
  }

  private AppliedReport told(AppliedReport report) {
    return life.world.bug == Bug.FOLLOWERS_SKIP_MEMBERSHIP && !life.isLeader()
        ? new AppliedReport(report.index(), List.of(), report.cluster(), report.featureLevel())
        : report;
  }

  private void restore(Snapshot snapshot) {
    MemoryStore content = life.takeFetched(snapshot);
    life.world.timeline.add(life.machine.id, "restores", snapshot);
    life.machine.install(content, snapshot.position());
    kv = Kv.open(content);
    compacting = false;
    cluster = Life.cluster(kv);
    publish(kv.view());
    life.lessor().restored(view, life.nanos());
    life.world.oracle.stands(life.machine.id, view, true);
    AppliedReport report = applier.restored(kv, cluster, view.featureLevel());
    life.post(replica -> replica.applied(report));
    appliedIndex = report.index();
    restoring.remove(snapshot);
    life.logStage().restored();
    life.world.watchers().forEach(watcher -> watcher.restored(life, view));
    scheduleCompaction();
  }

  private void scheduleCompaction() {
    if (!compacting) {
      compacting = true;
      Kv of = kv;
      life.later(random.nextInt(1, 100), () -> compact(of));
    }
  }

  private void compact(Kv of) {
    if (of != kv) {
      return;
    }
    compacting = false;
    if (new Compaction(life.machine.store()).step(MAX_CHANGES_OF_A_COMPACTION_STEP)) {
      scheduleCompaction();
    }
  }
}
