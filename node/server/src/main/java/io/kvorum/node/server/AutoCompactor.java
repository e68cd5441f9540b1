package io.kvorum.node.server;

import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.server.stage.PendingCall;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has compactions done that are due by time or revision. Lives on the agreement loop.
final class AutoCompactor {
  private static final Logger LOG = LoggerFactory.getLogger(AutoCompactor.class);

  private final MemberBackend backend;
  private final AutoCompaction compaction;
  private boolean underWay;

  private AutoCompactor(MemberBackend backend, AutoCompaction compaction) {
    this.backend = backend;
    this.compaction = compaction;
  }

  /// Starts, unless everything is to be kept.
  static void start(Retention retention, MemberBackend backend, EventLoop loop) {
    switch (retention) {
      case Retention.Everything _ -> {}
      case Retention.Revisions(long count) ->
          start(now -> new AutoCompaction.Revisions(count, now), backend, loop);
      case Retention.Period(var period) ->
          start(now -> new AutoCompaction.Periodic(period, now), backend, loop);
    }
  }

  private static void start(
      Function<Long, AutoCompaction> rule, MemberBackend backend, EventLoop loop) {
    var compactor = new AutoCompactor(backend, rule.apply(System.nanoTime()));
    long pace = compactor.compaction.pace().toNanos();
    var _ = loop.scheduleWithFixedDelay(compactor::look, 0, pace, TimeUnit.NANOSECONDS);
  }

  private void look() {
    boolean leads = backend.leader().memberId() == backend.memberId();
    compaction
        .step(System.nanoTime(), backend.revision(), leads && !underWay)
        .ifPresent(this::compact);
  }

  private void compact(long revision) {
    underWay = true;
    backend.propose(
        new Command.Compact(revision),
        new PendingCall() {
          @Override
          protected void answered(Answer answer) {
            ended(revision, answer);
          }
        });
  }

  private void ended(long revision, Answer answer) {
    underWay = false;
    if (answer instanceof Answer.Applied(Outcome outcome)
        && (outcome instanceof Outcome.Compacted || outcome instanceof Outcome.RevisionCompacted)) {
      LOG.info("compacted to revision {} by itself", revision);
      compaction.compacted(System.nanoTime(), revision);
    } else {
      LOG.warn("could not compact to revision {}, tries again: {}", revision, answer);
    }
  }
}
