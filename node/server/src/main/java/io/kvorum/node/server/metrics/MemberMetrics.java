package io.kvorum.node.server.metrics;

import io.kvorum.node.server.MemberStatus;
import io.kvorum.node.server.MemberStatus.Standing;
import io.kvorum.node.server.api.Counters;
import io.kvorum.node.server.api.Timings;
import io.kvorum.node.server.config.FeatureGates;
import io.kvorum.node.server.config.Version;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/// The metrics of a member. What the member counts itself is read from its status when somebody
/// scrapes; only durations are recorded as they happen, once for each batch.
public final class MemberMetrics implements MetricsText, HealthCounts {

  /// Bounds of 1 ms to 8 s, doubling: those of etcd's disk histograms, which alerts rely on.
  private static final double DISK_SMALLEST_SECONDS = 0.001;

  private static final double DOUBLING = 2;
  private static final int DISK_BUCKETS = 14;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final MetricsPage page = new MetricsPage(registry);
  private final GrpcMetrics grpc;
  private final AtomicReference<Source> source = new AtomicReference<>(new Source.None());
  private final DistributionDataPoint logSync;
  private final DistributionDataPoint apply;
  private final LongAdder logBytes = new LongAdder();
  private final LongAdder slowApplies = new LongAdder();
  private final Gauge healthAnswers;
  private final Gauge healthFailures;
  private final Gauge check;
  private final Counter checks;

  /// Where member metrics come from: nowhere until the member is there.
  private sealed interface Source {
    record None() implements Source {}

    record Running(MemberStatus status) implements Source {}
  }

  public MemberMetrics(boolean extensive) {
    grpc = new GrpcMetrics(registry, extensive);
    logSync =
        histogram("etcd_disk_wal_fsync_duration_seconds", "Time of a sync of the log to disk.");
    apply =
        histogram(
            "etcd_disk_backend_commit_duration_seconds",
            "Time of applying a batch to the state database.");
    healthAnswers = gauge("etcd_server_health_success", "Times /health answered healthy.");
    healthFailures = gauge("etcd_server_health_failures", "Times /health answered unhealthy.");
    check =
        Gauge.builder()
            .name("etcd_server_healthcheck")
            .help("Result of the last run of a check: 1 passed, 0 failed.")
            .labelNames("type", "name")
            .register(registry);
    checks =
        Counter.builder()
            .name("etcd_server_healthchecks_total")
            .help("Checks run.")
            .labelNames("type", "name", "status")
            .register(registry);
    registerVersions();
    registerStanding();
    registerTotals();
    registerFeatures();
    new PeerMetrics(registry, this::member).register();
    ProcessMetrics.register(registry);
  }

  /// From now on the metrics of this member are shown.
  public void observe(MemberStatus status) {
    source.set(new Source.Running(status));
  }

  /// The counter of gRPC calls, for the server to call.
  public GrpcMetrics grpc() {
    return grpc;
  }

  /// One group commit reached the disk.
  public void logSynced(long bytes, long nanos) {
    logBytes.add(bytes);
    logSync.observe(nanos / 1e9);
  }

  /// One batch was applied.
  ///
  /// @param slow whether that took longer than it should
  public void batchApplied(long nanos, boolean slow) {
    apply.observe(nanos / 1e9);
    if (slow) {
      slowApplies.increment();
    }
  }

  @Override
  public void health(boolean healthy) {
    (healthy ? healthAnswers : healthFailures).inc();
  }

  @Override
  public void check(String type, String name, boolean passed) {
    check.labelValues(type, name).set(passed ? 1 : 0);
    checks.labelValues(type, name, passed ? "success" : "error").inc();
  }

  @Override
  public Page scrape(String accept) {
    return page.scrape(accept);
  }

  private void registerVersions() {
    info(
        "etcd_server_version",
        "The etcd version this member speaks.",
        "server_version",
        Version.ETCD_API);
    info(
        "etcd_server_go_version",
        "Runtime of the server.",
        "server_go_version",
        "java" + Runtime.version().feature());
    info("kvorum_version", "Version of the product.", "version", Version.product());
    GaugeWithCallback.builder()
        .name("etcd_server_id")
        .help("Id of this member.")
        .labelNames("server_id")
        .callback(callback -> withStanding(s -> callback.call(1, Long.toHexString(s.memberId()))))
        .register(registry);
    GaugeWithCallback.builder()
        .name("etcd_cluster_version")
        .help("Version the members have agreed on.")
        .labelNames("cluster_version")
        .callback(callback ->
            withStanding(s -> s.clusterVersion().ifPresent(v -> callback.call(1, majorMinor(v)))))
        .register(registry);
    GaugeWithCallback.builder()
        .name("etcd_debugging_server_alarms")
        .help("Alarms raised, by member.")
        .labelNames("server_id", "alarm_type")
        .callback(callback ->
            withStanding(s ->
                s.alarms()
                    .forEach(alarm ->
                        callback.call(1, Long.toHexString(alarm.memberId()), alarm.kind().name()))))
        .register(registry);
  }

  private void registerFeatures() {
    Gauge features =
        Gauge.builder()
            .name("etcd_server_feature_enabled")
            .help("Feature gates of etcd, and whether what they stand for is done here.")
            .labelNames("name", "stage")
            .register(registry);
    FeatureGates.all()
        .forEach(gate -> features.labelValues(gate.name(), gate.stage()).set(gate.on() ? 1 : 0));
  }

  private void registerStanding() {
    standing(
        "etcd_server_has_leader", "Whether a leader is known.", s -> s.leaderId() != 0 ? 1 : 0);
    standing("etcd_server_is_leader", "Whether this member leads.", s -> s.leader() ? 1 : 0);
    standing(
        "etcd_server_is_learner", "Whether this member is a learner.", s -> s.learner() ? 1 : 0);
    standing(
        "etcd_server_proposals_pending",
        "Requests waiting to be applied.",
        Standing::pendingProposals);
    standing(
        "etcd_server_quota_backend_bytes",
        "Store size at which an alarm is raised.",
        Standing::quotaBytes);
    standing("etcd_mvcc_db_total_size_in_bytes", "Size of the store.", Standing::storeBytes);
    standing(
        "etcd_mvcc_db_total_size_in_use_in_bytes",
        "Size of the store that is in use.",
        Standing::storeBytesInUse);
    standing("etcd_debugging_mvcc_current_revision", "Revision of the store.", Standing::revision);
    standing(
        "etcd_debugging_mvcc_compact_revision",
        "Revision of the last compaction.",
        Standing::compactRevision);
    standing("etcd_debugging_mvcc_keys_total", "Keys in the store.", Standing::keys);
    standing("kvorum_raft_term", "Term of the member.", Standing::term);
    standing(
        "kvorum_raft_committed_index", "Last entry known committed.", Standing::committedIndex);
    standing("kvorum_raft_applied_index", "Last entry applied.", Standing::appliedIndex);
  }

  private void registerTotals() {
    // etcd reports these two as gauges; dashboards take their rate all the same.
    standing(
        "etcd_server_proposals_committed_total", "Proposals committed.", Standing::committedIndex);
    standing("etcd_server_proposals_applied_total", "Proposals applied.", Standing::appliedIndex);
    total("etcd_server_proposals_failed_total", "Proposals that failed.", c -> c.proposalsFailed);
    total("etcd_server_leader_changes_seen_total", "Changes of leader seen.", c -> c.leaderChanges);
    total(
        "etcd_server_heartbeat_send_failures_total",
        "Heartbeats for which there was no connection.",
        c -> c.heartbeatsFailed);
    total("etcd_server_slow_read_indexes_total", "Reads that waited long.", c -> c.readsSlow);
    total("etcd_server_read_indexes_failed_total", "Reads that failed.", c -> c.readsFailed);
    registerDurations();
    total("etcd_debugging_server_lease_expired_total", "Leases expired.", c -> c.leasesExpired);
    total("etcd_debugging_lease_granted_total", "Leases granted.", c -> c.leasesGranted);
    total("etcd_debugging_lease_revoked_total", "Leases revoked.", c -> c.leasesRevoked);
    total("etcd_debugging_lease_renewed_total", "Renewals by this leader.", c -> c.leasesRenewed);
    total("etcd_mvcc_put_total", "Puts asked for.", c -> c.puts);
    total("etcd_mvcc_delete_total", "Deletions asked for.", c -> c.deletes);
    total("etcd_mvcc_range_total", "Ranges asked for.", c -> c.ranges);
    total("etcd_mvcc_txn_total", "Transactions asked for.", c -> c.transactions);
    now("etcd_debugging_mvcc_total_put_size_in_bytes", "Bytes of puts.", c -> c.putBytes);
    now("etcd_debugging_mvcc_watcher_total", "Watchers.", c -> c.watchers);
    now("etcd_debugging_mvcc_watch_stream_total", "Watch streams.", c -> c.watchStreams);
    now("etcd_debugging_mvcc_slow_watcher_total", "Watchers behind.", c -> c.slowWatchers);
    total("etcd_debugging_mvcc_events_total", "Events sent to watchers.", c -> c.events);
    standing("etcd_debugging_auth_revision", "The auth revision.", Standing::authRevision);
    GaugeWithCallback.builder()
        .name("etcd_disk_wal_write_bytes_total")
        .help("Bytes written to the log.")
        .callback(callback -> callback.call(logBytes.doubleValue()))
        .register(registry);
    counter("etcd_server_slow_apply_total", "Batches that were slow to apply.", slowApplies);
  }

  private void registerDurations() {
    registry.register(
        (Collector)
            () -> {
              var histogram =
                  HistogramSnapshot.builder()
                      .name("etcd_server_range_duration_seconds")
                      .help("Time from a range's request to its answer.");
              member()
                  .map(MemberStatus::counters)
                  .ifPresent(c -> {
                    histogram.dataPoint(point(c.rangesAnswered, "true"));
                    histogram.dataPoint(point(c.rangesRefused, "false"));
                  });
              return histogram.build();
            });
    timings("etcd_disk_backend_snapshot_duration_seconds", "Time of a backup.", c -> c.backups);
    timings(
        "etcd_disk_backend_defrag_duration_seconds",
        "Time of a defragmentation.",
        c -> c.defragmentations);
    now("etcd_disk_defrag_inflight", "Whether it is defragmenting.", c -> c.defragmenting);
    timings("etcd_mvcc_hash_duration_seconds", "Time of hashing everything.", c -> c.hashes);
    timings(
        "etcd_mvcc_hash_rev_duration_seconds",
        "Time of hashing the keys up to a revision.",
        c -> c.hashesByRevision);
    timings("etcd_debugging_lease_ttl_total", "Times to live of leases.", c -> c.leaseLives);
  }

  private void info(String name, String help, String label, String value) {
    Gauge.builder()
        .name(name)
        .help(help)
        .labelNames(label)
        .register(registry)
        .labelValues(value)
        .set(1);
  }

  private Gauge gauge(String name, String help) {
    return Gauge.builder().name(name).help(help).register(registry);
  }

  private DistributionDataPoint histogram(String name, String help) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .classicOnly()
        .classicExponentialUpperBounds(DISK_SMALLEST_SECONDS, DOUBLING, DISK_BUCKETS)
        .withoutExemplars()
        .register(registry);
  }

  private void standing(String name, String help, ToDoubleFunction<Standing> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> withStanding(s -> callback.call(value.applyAsDouble(s))))
        .register(registry);
  }

  private static HistogramSnapshot.HistogramDataPointSnapshot point(
      Timings timings, String success) {
    return PeerMetrics.point(timings.read(), Labels.of("success", success));
  }

  private void now(String name, String help, Function<Counters, LongAdder> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback ->
            member().ifPresent(m -> callback.call(value.apply(m.counters()).doubleValue())))
        .register(registry);
  }

  private void total(String name, String help, Function<Counters, LongAdder> value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback ->
            member().ifPresent(m -> callback.call(value.apply(m.counters()).doubleValue())))
        .register(registry);
  }

  private void counter(String name, String help, LongAdder value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.doubleValue()))
        .register(registry);
  }

  private void timings(String name, String help, Function<Counters, Timings> value) {
    registry.register(
        (Collector)
            () -> {
              var histogram = HistogramSnapshot.builder().name(name).help(help);
              member()
                  .ifPresent(m ->
                      histogram.dataPoint(
                          PeerMetrics.point(value.apply(m.counters()).read(), Labels.EMPTY)));
              return histogram.build();
            });
  }

  private Optional<MemberStatus> member() {
    return switch (source.get()) {
      case Source.None() -> Optional.empty();
      case Source.Running(MemberStatus status) -> Optional.of(status);
    };
  }

  private void withStanding(java.util.function.Consumer<Standing> use) {
    if (source.get() instanceof Source.Running(MemberStatus status)) {
      use.accept(status.standing());
    }
  }

  private static String majorMinor(String version) {
    String[] parts = version.split("\\.", -1);
    return parts.length < 2 ? version : parts[0] + "." + parts[1];
  }
}
