package io.kvorum.node.server;

import io.grpc.BindableService;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.services.HealthStatusManager;
import io.kvorum.node.core.kv.Compaction;
import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.lease.LeaseSettings;
import io.kvorum.node.core.lease.Lessor;
import io.kvorum.node.core.raft.Leadership;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Raft;
import io.kvorum.node.core.raft.RaftConfig;
import io.kvorum.node.core.raft.RoleName;
import io.kvorum.node.core.raft.Snapshot;
import io.kvorum.node.core.replica.ApplyWork;
import io.kvorum.node.core.replica.Cluster;
import io.kvorum.node.core.replica.LogWork;
import io.kvorum.node.core.replica.MemberRecord;
import io.kvorum.node.core.replica.Replica;
import io.kvorum.node.core.replica.ReplicaConfig;
import io.kvorum.node.core.replica.ReplicaEvents;
import io.kvorum.node.core.replica.RequestIds;
import io.kvorum.node.core.replica.SnapshotOffer;
import io.kvorum.node.core.replica.Stages;
import io.kvorum.node.server.MemberConfig.Founding;
import io.kvorum.node.server.MemberConfig.NamedMember;
import io.kvorum.node.server.MemberEvents.StopReason;
import io.kvorum.node.server.api.Admission;
import io.kvorum.node.server.api.CallGate;
import io.kvorum.node.server.api.ClusterService;
import io.kvorum.node.server.api.Defragmentation;
import io.kvorum.node.server.api.KvService;
import io.kvorum.node.server.api.MaintenanceService;
import io.kvorum.node.server.api.OpenStreams;
import io.kvorum.node.server.auth.Authentication;
import io.kvorum.node.server.lease.LeaseDesk;
import io.kvorum.node.server.lease.LeaseDriver;
import io.kvorum.node.server.lease.LeaseObserver;
import io.kvorum.node.server.lease.LeaseService;
import io.kvorum.node.server.lock.Concurrency;
import io.kvorum.node.server.peer.PeerNetwork;
import io.kvorum.node.server.snapshot.SnapshotFetch;
import io.kvorum.node.server.snapshot.SnapshotSender;
import io.kvorum.node.server.snapshot.StateHome;
import io.kvorum.node.server.stage.AgreementStage;
import io.kvorum.node.server.stage.ApplyStage;
import io.kvorum.node.server.stage.CompactionStage;
import io.kvorum.node.server.stage.LogStage;
import io.kvorum.node.server.stage.StateObserver;
import io.kvorum.node.server.stage.Views;
import io.kvorum.node.server.store.RocksStore;
import io.kvorum.node.server.store.StoreSettings;
import io.kvorum.node.server.v2.V2Api;
import io.kvorum.node.server.watch.WatchHub;
import io.kvorum.node.server.watch.WatchService;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A member made of its parts: the stages and the ways between them, the services in front, the
/// network beside.
///
/// Threads: the agreement loop (with the connections to peers), the log and apply stages, the
/// compaction, the watch hub and its reader, a few slow readers, the housekeeping. Client
/// connections live on event loops of the client front.
public final class RunningMember implements Member {
  private static final Logger LOG = LoggerFactory.getLogger(RunningMember.class);

  /// Large ranges and hashes at the same time; each occupies a core.
  private static final int SLOW_READERS = 2;

  private static final int MAX_WAITING_SLOW_READS = 1_000;

  /// A learner or follower that is a few seconds behind at full load is not sent a snapshot.
  private static final int MAX_PENDING_REQUESTS = 20_000;

  /// What proposals may hold that wait: they stand once more in the log's memory and in messages.
  private static final int PENDING_SHARE_OF_HEAP = 8;

  private static final int MAX_UNAPPLIED_ENTRIES = 20_000;

  /// How long a connection must have held to count as healthy in membership changes.
  private static final int HEALTH_MILLIS = 5_000;

  /// A member that can't reach a quorum at its start opens its port after this time all the same,
  /// for local reads and for its status.
  private static final long OPEN_ANYWAY_MILLIS = 5_000;

  /// How often expired tokens are forgotten.
  private static final long SWEEP_MILLIS = 1_000;

  private static final int FRAGMENT_OVERHEAD_BYTES = 512 << 10;
  private static final long DRAIN_MILLIS = 5_000;

  private final MemberConfig config;
  private final ClientFront front;
  private final MemberEvents events;
  private final MemberId self;
  private final SecureRandom random = new SecureRandom();
  private final RequestIds ids = new RequestIds(random.nextLong());
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final AtomicBoolean frontOpened = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final OpenStreams streams = new OpenStreams();

  private final EventLoopGroup loops;
  private final AgreementStage agreement;
  private final StateHome home;
  private final Recovery.Recovered recovered;
  private final Views views;
  private final MemberBackend backend;
  private final ThreadPoolExecutor slowReaders;
  private final ExecutorService watchReader;
  private final WatchHub hub;
  private final Lessor lessor;
  private final LeaseDesk leases;
  private final PeerNetwork network;
  private final SnapshotSender snapshotSender;
  private final SnapshotFetch snapshotFetch;
  private final ApplyStage apply;
  private final LogStage log;
  private final CompactionStage compaction;
  private final Housekeeping housekeeping;
  private final Admission admission;
  private final Authentication authentication;
  private final ClusterService clusterService;
  private final V2Api v2;

  /// Starts members.
  public static final Member.Start START =
      new Member.Start() {
        @Override
        public Member.Preparation prepare() {
          CompletableFuture<Void> loaded =
              CompletableFuture.runAsync(
                  RocksStore::prepare, Thread.ofPlatform().name("preparation").daemon()::start);
          return loaded::join;
        }

        @Override
        public Member start(MemberConfig config, ClientFront front, MemberEvents events)
            throws IOException {
          try {
            var member = new RunningMember(config, front, events);
            member.run();
            return member;
          } catch (RuntimeException failure) {
            throw StopReasons.atStart(failure);
          }
        }
      };

  private RunningMember(MemberConfig config, ClientFront front, MemberEvents events) {
    this.config = config;
    this.front = front;
    this.events = events;
    self = new MemberId(config.identity().memberId());
    loops =
        new MultiThreadIoEventLoopGroup(
            1,
            new DefaultThreadFactory("agreement", true),
            Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    MemberConfig.Timing timing = config.timing();
    agreement = new AgreementStage(loops.next(), timing.tickMillis(), this::failed);
    home = new StateHome(config.folders().state(), StoreSettings.DEFAULT, this::failed);
    recovered = recover(config, home);
    views = new Views(home.current().kv().view());
    slowReaders = slowReaders();
    watchReader =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("watch-reader").daemon().factory());
    backend =
        new MemberBackend(
            config,
            new MemberBackend.Parts(
                agreement, views, home, ids, slowReaders, this::cluster, this::appliedIndex));
    long heapBytes = Runtime.getRuntime().maxMemory();
    long fragmentBytes = config.limits().maxRequestBytes() + (long) FRAGMENT_OVERHEAD_BYTES;
    hub =
        new WatchHub(
            backend,
            watchReader,
            backend.counters(),
            new WatchHub.Settings(
                timing.watchProgressInterval().toNanos(), fragmentBytes, heapBytes / 8),
            this::failed);
    try (View view = views.retain()) {
      authentication =
          new Authentication(
              backend, config.auth(), timing.requestTimeoutMillis(), view.appliedIndex());
      lessor =
          new Lessor(
              LeaseSettings.standard(timing.tickMillis(), timing.electionTicks()),
              view,
              System.nanoTime());
    }
    snapshotSender = new SnapshotSender(home, config.folders().received(), backend.counters());
    network =
        new PeerNetwork(
            config,
            agreement,
            loops,
            backend,
            new PeerNetwork.Hooks(this::removed, snapshotSender::isReading));
    snapshotFetch =
        new SnapshotFetch(
            home,
            config.folders().received(),
            network,
            agreement,
            backend.counters(),
            this::failed);
    leases =
        new LeaseDesk(
            backend, lessor, agreement, network.leaderClient(), timing.requestTimeoutMillis());
    clusterService =
        new ClusterService(backend, ids, network.leaderClient(), RunningMember::unixSeconds);
    v2 =
        new V2Api(
            backend,
            clusterService,
            config.identity().name(),
            config.limits().maxRequestBytes(),
            RunningMember::unixNanos);
    apply =
        new ApplyStage(
            home.current().kv(),
            recovered.cluster(),
            new ApplyStage.Wiring(
                agreement,
                views,
                this::restore,
                new LeaseObserver(lessor, backend.counters()),
                observers(),
                events),
            this::failed);
    log =
        new LogStage(
            recovered.log().log(),
            number -> agreement.post(replica -> replica.synced(number)),
            new Restores(),
            events,
            this::failed);
    compaction =
        new CompactionStage(
            () -> new Compaction(home.current().store()),
            home::retireReplaced,
            home::requestFlush,
            apply,
            this::failed);
    housekeeping = new Housekeeping(home, agreement, this::appliedIndex, this::failed);
    admission = new Admission(backend, ids, config.limits().maxRequestBytes());
  }

  private static Recovery.Recovered recover(MemberConfig config, StateHome home) {
    try {
      return Recovery.recover(config, home);
    } catch (RuntimeException | Error failure) {
      home.close();
      throw failure;
    }
  }

  private List<StateObserver> observers() {
    var observers = new ArrayList<StateObserver>(List.of(hub));
    observers.addAll(authentication.observers());
    observers.add(v2.observer());
    observers.add(new Observers());
    return observers;
  }

  private static ThreadPoolExecutor slowReaders() {
    var pool =
        new ThreadPoolExecutor(
            SLOW_READERS,
            SLOW_READERS,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(MAX_WAITING_SLOW_READS),
            Thread.ofPlatform().name("slow-reader-", 0).daemon().factory());
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  // ---- Start

  private void run() throws IOException {
    if (recovered.cluster().isRemoved(self)) {
      removed();
      return;
    }
    events.opened();
    network.start(backend, leases, ids, snapshotSender);
    introducePeers();
    log.start();
    apply.start();
    compaction.start();
    hub.start();
    housekeeping.start();
    agreement.start(
        new AgreementStage.Running(
            replica(), this::appliedIndex, backend::publish, network::flush));
    var leaseDriver = new LeaseDriver(agreement, lessor, ids, backend);
    agreement.loop().execute(leaseDriver::start);
    v2.start(agreement.loop());
    startTimers();
    LOG.info("member {} started at entry {}", self, home.current().kv().appliedIndex());
  }

  private void introducePeers() {
    List<NamedMember> named =
        switch (config.founding()) {
          case Founding.Found(List<NamedMember> members) -> members;
          case Founding.Join(List<NamedMember> members) -> members;
          case Founding.Resume _ -> List.of();
        };
    for (NamedMember member : named) {
      if (member.memberId() != self.value()) {
        network.introduce(new MemberId(member.memberId()), member.peerUrls());
      }
    }
    agreement.loop().execute(() -> network.follow(recovered.cluster()));
  }

  private Replica replica() {
    MemberConfig.Timing timing = config.timing();
    MemberConfig.Limits limits = config.limits();
    var raft =
        new Raft(
            RaftConfig.standard(self, timing.electionTicks(), 1),
            recovered.restored(),
            recovered.log().log(),
            new SplittableRandom(random.nextLong()));
    if (recovered.cluster().membership().voters().equals(List.of(self))) {
      raft.campaign();
    }
    var replicaConfig =
        new ReplicaConfig(
            self,
            ticks(timing.requestTimeoutMillis()),
            timing.electionTicks(),
            ticks(HEALTH_MILLIS),
            MAX_PENDING_REQUESTS,
            Runtime.getRuntime().maxMemory() / PENDING_SHARE_OF_HEAP,
            MAX_UNAPPLIED_ENTRIES,
            limits.maxLearners(),
            limits.strictReconfiguration(),
            limits.catchUpEntries());
    var attributes =
        new MemberRecord.Attributes(
            config.identity().name(),
            config.advertiseClientUrls(),
            config.versions().api(),
            Kv.MAX_FEATURE_LEVEL);
    return new Replica(
        replicaConfig,
        raft,
        ids,
        new Replica.Start(
            recovered.cluster(),
            recovered.restored().applied().index(),
            recovered.featureLevel(),
            attributes),
        new Replica.Ports(new StagePorts(), network.outbox(), agreement.answers(), new Follower()));
  }

  private int ticks(long millis) {
    return (int) Math.ceilDiv(millis, (long) config.timing().tickMillis());
  }

  private void startTimers() {
    var loop = agreement.loop();
    long progressMillis =
        Math.clamp(config.timing().watchProgressInterval().toMillis() / 10, 10, 10_000);
    var _ =
        loop.scheduleWithFixedDelay(
            hub::notifyProgress, progressMillis, progressMillis, TimeUnit.MILLISECONDS);
    var _ =
        loop.scheduleWithFixedDelay(
            hub::endWaits, progressMillis, progressMillis, TimeUnit.MILLISECONDS);
    var watch = new LeaderWatch();
    var _ =
        loop.scheduleWithFixedDelay(
            authentication::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    int tickMillis = config.timing().tickMillis();
    var _ = loop.scheduleWithFixedDelay(watch::look, tickMillis, tickMillis, TimeUnit.MILLISECONDS);
    AutoCompactor.start(config.limits().retention(), backend, loop);
    if (config.founding() instanceof Founding.Resume) {
      var _ = loop.schedule(this::openFront, OPEN_ANYWAY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /// Ends the streams of clients that insist on a leader once there has been none for three
  /// election timeouts.
  private final class LeaderWatch {
    private int leaderlessTicks;

    void look() {
      leaderlessTicks = backend.leader().memberId() == 0 ? leaderlessTicks + 1 : 0;
      if (leaderlessTicks == 3 * config.timing().electionTicks()) {
        streams.endLeaderless();
      }
    }
  }

  private void openFront() {
    if (!stopping.get() && frontOpened.compareAndSet(false, true)) {
      Thread.ofVirtual()
          .name("open-front")
          .start(() -> {
            try {
              front.open(services(), v2, backend);
            } catch (RuntimeException failure) {
              failed(failure);
            }
          });
    }
  }

  private List<ServerServiceDefinition> services() {
    var gate = new CallGate(backend);
    var keys =
        new KvService(
            backend, admission, config.limits().maxTxnOperations(), compaction::whenFinished);
    var leaseService = new LeaseService(backend, admission, lessor, leases, streams);
    var concurrency = new Concurrency(backend, keys, leaseService, hub, streams);
    Stream<BindableService> own =
        Stream.of(
            keys,
            new WatchService(hub, backend, streams),
            leaseService,
            clusterService,
            new MaintenanceService(
                backend,
                admission,
                config.versions().api(),
                new Defragmentation(() -> home.current().store().defragment(), backend.counters())),
            authentication.service(admission),
            new HealthStatusManager().getHealthService());
    return Stream.concat(own, concurrency.services().stream())
        .map(service -> ServerInterceptors.intercept(service, authentication.door(), gate))
        .toList();
  }

  private static long unixNanos() {
    Instant now = Instant.now();
    return Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano());
  }

  private static long unixSeconds() {
    return System.currentTimeMillis() / 1_000;
  }

  // ---- Between the parts

  /// The ports of the replica.
  private final class StagePorts implements Stages {
    @Override
    public void log(LogWork work) {
      log.accept(work);
    }

    @Override
    public void apply(ApplyWork work) {
      apply.accept(work);
    }

    @Override
    public void fetch(SnapshotOffer offer) {
      snapshotFetch.start(offer);
    }
  }

  /// Follows what the replica tells; on the agreement loop.
  private final class Follower implements ReplicaEvents {
    private long leading;

    @Override
    public void leadershipChanged(Leadership leadership) {
      boolean leads = leadership.role() == RoleName.LEADER;
      network.leaderClient().follow(leadership.leader());
      if (leadership.leader().isNone()) {
        LOG.info("no leader in term {}", leadership.term());
      } else if (leads && leading != leadership.term()) {
        LOG.info("leads in term {}", leadership.term());
      } else {
        LOG.info("member {} leads in term {}", leadership.leader(), leadership.term());
      }
      if (leads && leading != leadership.term()) {
        backend.counters().leaderChanges.increment();
        leading = leadership.term();
        lessor.lead(leadership.term(), System.nanoTime());
      } else if (!leads && leading != 0) {
        leading = 0;
        lessor.follow();
      }
    }

    @Override
    public void clusterChanged(Cluster cluster) {
      network.follow(cluster);
    }

    @Override
    public void published() {
      openFront();
    }

    /// The others must still hear from this member that it knows, and it may have been asked by one
    /// of its own clients: it stops a moment later.
    @Override
    public void removed() {
      long millis = (long) config.timing().electionTicks() * config.timing().tickMillis();
      var _ = agreement.loop().schedule(RunningMember.this::removed, millis, TimeUnit.MILLISECONDS);
    }
  }

  /// Passes what the apply stage tells on to stages that are made after it.
  private final class Observers implements StateObserver {
    @Override
    public void applied(io.kvorum.node.core.kv.Applied applied) {
      compaction.applied(applied);
    }

    @Override
    public void restored(View view) {
      compaction.restored(view);
    }
  }

  private ApplyStage.Restored restore(Snapshot snapshot) {
    Path received = snapshotFetch.takeFetched(snapshot);
    StateHome.Opened opened = home.replaceBy(received, snapshot.position());
    try (View view = opened.kv().view()) {
      return new ApplyStage.Restored(opened.kv(), StateHome.cluster(view));
    }
  }

  /// Where log and state meet when a snapshot replaces both.
  private final class Restores implements LogStage.Restores {
    @Override
    public CompletableFuture<?> restored(Snapshot snapshot) {
      return apply.restored(snapshot);
    }

    @Override
    public void logFollows(Snapshot snapshot) {
      home.logFollows(snapshot.position());
    }
  }

  private Cluster cluster() {
    return apply.cluster();
  }

  private long appliedIndex() {
    return apply.appliedIndex();
  }

  // ---- End

  private void removed() {
    stop(new StopReason.Removed());
  }

  private void failed(Throwable failure) {
    LOG.error("the member stops", failure);
    stop(StopReasons.of(failure));
  }

  private void stop(StopReason reason) {
    if (stopping.compareAndSet(false, true)) {
      events.stopping(reason);
    }
  }

  @Override
  public MemberStatus status() {
    return backend;
  }

  @Override
  public void close(boolean graceful) {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    stopping.set(true);
    backend.drain();
    if (graceful) {
      handOver();
      streams.stop();
    }
    front.close(graceful ? DRAIN_MILLIS : 0);
    closeStages(graceful);
  }

  /// Lets another member lead first, so that clients hardly notice.
  private void handOver() {
    agreement.post(Replica::maybeHandOver);
    long electionMillis = (long) config.timing().electionTicks() * config.timing().tickMillis();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(electionMillis);
    boolean others = cluster().membership().voters().size() > 1;
    while (others && backend.leader().memberId() == self.value() && System.nanoTime() < deadline) {
      sleepShortly();
    }
  }

  private static void sleepShortly() {
    try {
      Thread.sleep(5);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void closeStages(boolean graceful) {
    agreement.close();
    network.close();
    housekeeping.close();
    snapshotFetch.close();
    log.close();
    apply.close();
    compaction.close();
    hub.close();
    slowReaders.shutdownNow();
    authentication.close();
    watchReader.shutdownNow();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    recovered.log().close();
    views.close();
    if (graceful) {
      home.current().store().flush();
    }
    home.close();
  }
}
