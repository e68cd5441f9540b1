package io.kvorum.node.server;

import io.kvorum.node.core.kv.Accounts;
import io.kvorum.node.core.kv.Alarm;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Identity;
import io.kvorum.node.core.kv.PageCounts;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.raft.Leadership;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Cluster;
import io.kvorum.node.core.replica.Replica;
import io.kvorum.node.core.replica.Request;
import io.kvorum.node.core.replica.RequestIds;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.server.api.AnswerMemory;
import io.kvorum.node.server.api.ApiErrors;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.api.Counters;
import io.kvorum.node.server.api.Headers;
import io.kvorum.node.server.snapshot.StateHome;
import io.kvorum.node.server.stage.AgreementStage;
import io.kvorum.node.server.stage.PendingCall;
import io.kvorum.node.server.stage.Views;
import io.kvorum.node.server.watch.WatchSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// The member as services, health checks and metrics see it. What the agreement stage knows is
/// published here as plain values after each of its runs.
final class MemberBackend implements Backend, WatchSource, MemberStatus {
  private static final long DEFAULT_QUOTA_BYTES = 2L << 30;

  private final MemberConfig config;
  private final Parts parts;
  private final MemberId self;
  private final Counters counters = new Counters();
  private final PageCounts pageCounts = new PageCounts();
  private final AnswerMemory answerMemory = AnswerMemory.ofHeap();

  private volatile Leader leader = new Leader(0, 0);
  private volatile boolean readsAlone;
  private volatile long committed;
  private volatile int pending;
  private volatile boolean draining;

  /// What the backend gives access to.
  ///
  /// @param cluster the members as of the last batch
  /// @param appliedIndex of the last batch
  record Parts(
      AgreementStage agreement,
      Views views,
      StateHome home,
      RequestIds ids,
      Executor slowReaders,
      Supplier<Cluster> cluster,
      LongSupplier appliedIndex) {}

  MemberBackend(MemberConfig config, Parts parts) {
    this.config = config;
    this.parts = parts;
    this.self = new MemberId(config.identity().memberId());
  }

  /// Takes over what the replica knows; on the agreement loop.
  void publish(Replica replica) {
    Leadership now = replica.leadership();
    if (now.term() != leader.term() || now.leader().value() != leader.memberId()) {
      leader = new Leader(now.term(), now.leader().value());
    }
    boolean alone = replica.readsAlone();
    if (alone != readsAlone) {
      readsAlone = alone;
    }
    committed = replica.committed();
    pending = replica.pendingRequests();
  }

  void drain() {
    draining = true;
  }

  @Override
  public long clusterId() {
    return config.identity().clusterId();
  }

  @Override
  public long memberId() {
    return config.identity().memberId();
  }

  @Override
  public Leader leader() {
    return leader;
  }

  @Override
  public boolean isLearner() {
    return cluster().isLearner(self);
  }

  @Override
  public boolean readsAlone() {
    return readsAlone;
  }

  @Override
  public Cluster cluster() {
    return parts.cluster().get();
  }

  @Override
  public View retainView() {
    return parts.views().retain();
  }

  @Override
  public long revision() {
    return parts.views().revision();
  }

  @Override
  public long bytesInUse() {
    return parts.views().bytesInUse();
  }

  @Override
  public Accounts accounts() {
    return parts.views().accounts();
  }

  @Override
  public int featureLevel() {
    return parts.views().featureLevel();
  }

  @Override
  public PageCounts pageCounts() {
    return pageCounts;
  }

  @Override
  public AnswerMemory answerMemory() {
    return answerMemory;
  }

  @Override
  public void submit(Request request) {
    parts.agreement().submit(request);
  }

  @Override
  public void propose(Command command, PendingCall call) {
    propose(command, 0, call);
  }

  @Override
  public void propose(Command command, long onlyInTerm, PendingCall call) {
    long id = parts.ids().next();
    Command own = accounts().enabled() ? new Command.OnBehalf(Identity.CLUSTER, command) : command;
    submit(new Request.Proposal(id, CommandCodec.encode(id, own), onlyInTerm, call));
  }

  @Override
  public boolean offerSlowRead(Runnable read) {
    try {
      parts.slowReaders().execute(read);
      return true;
    } catch (RejectedExecutionException full) {
      return false;
    }
  }

  @Override
  public long quotaBytes() {
    long configured = config.limits().quotaBytes();
    if (configured == 0) {
      return DEFAULT_QUOTA_BYTES;
    }
    return configured < 0 ? Long.MAX_VALUE : configured;
  }

  @Override
  public long bytesOnDisk() {
    return parts.home().current().store().bytesOnDisk();
  }

  @Override
  public List<Alarm> alarms() {
    try (View view = retainView()) {
      return view.alarms();
    }
  }

  @Override
  public Counters counters() {
    return counters;
  }

  @Override
  public ResponseHeader header(long revision) {
    return Headers.of(this, revision);
  }

  @Override
  public Standing standing() {
    try (View view = retainView()) {
      return new Standing(
          clusterId(),
          memberId(),
          leader.memberId(),
          isLearner(),
          leader.term(),
          committed,
          parts.appliedIndex().getAsLong(),
          view.revision(),
          view.compactRevision(),
          // What is in use may lie compressed on the disk; nobody expects a part above the whole.
          Math.max(bytesOnDisk(), view.bytesInUse()),
          view.bytesInUse(),
          quotaBytes() == Long.MAX_VALUE ? 0 : quotaBytes(),
          Optional.of(cluster().version()).filter(version -> !version.isEmpty()),
          view.alarms().stream().map(MemberBackend::raised).toList(),
          pending,
          draining,
          view.keys(),
          view.accounts().revision());
    }
  }

  private static AlarmRaised raised(Alarm alarm) {
    return new AlarmRaised(
        alarm.memberId(),
        alarm.type() == Alarm.Type.CORRUPT ? AlarmRaised.Kind.CORRUPT : AlarmRaised.Kind.NOSPACE);
  }

  @Override
  public boolean certificatesAreUsers() {
    return config.auth().certificateNames() && accounts().enabled();
  }

  @Override
  public CompletableFuture<Probe> probe(boolean linearizable) {
    if (!linearizable || readsAlone) {
      return CompletableFuture.completedFuture(probeLocally());
    }
    var probe = new CompletableFuture<Probe>();
    submit(
        new Request.Read(
            new PendingCall() {
              @Override
              protected void answered(Answer answer) {
                probe.complete(
                    answer instanceof Answer.Refused refused
                        ? new Probe.Unhealthy(ApiErrors.of(refused).text())
                        : probeLocally());
              }
            }));
    return probe;
  }

  private Probe probeLocally() {
    try (View view = retainView()) {
      return view.keys() >= 0 ? new Probe.Healthy() : new Probe.Unhealthy("no keys");
    }
  }
}
