package io.kvorum.node.server.config;

import static io.kvorum.node.server.config.Group.CLUSTERING;
import static io.kvorum.node.server.config.Group.LOGGING;
import static io.kvorum.node.server.config.Group.MEMBER;
import static io.kvorum.node.server.config.Group.MONITORING;
import static io.kvorum.node.server.config.Group.SECURITY;
import static io.kvorum.node.server.config.Group.STORE;
import static io.kvorum.node.server.config.Group.TRACING;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Old names: flags that etcd itself accepts and ignores, and `experimental-` names of flags and
/// feature gates that have moved on.
final class LegacyFlags {

  static final List<Flag<?>> ALL = all();

  private LegacyFlags() {}

  private static List<Flag<?>> all() {
    var flags = new ArrayList<Flag<?>>();
    Stream.of(
            "cluster-active-size",
            "cluster-remove-delay",
            "cluster-sync-interval",
            "config",
            "max-result-buffer",
            "max-retry-attempts",
            "peer-heartbeat-interval",
            "peer-election-timeout",
            "retry-interval")
        .forEach(name -> flags.add(ignored(name, ValueType.TEXT, "")));
    Stream.of("force", "snapshot", "v", "vv")
        .forEach(name -> flags.add(ignored(name, ValueType.SWITCH, "false")));
    flags.add(
        new Flag<>(
            "debug",
            LOGGING,
            ValueType.SWITCH,
            "false",
            "Old name of --log-level=debug.",
            new Standing.Works()));
    flags.add(renamed("log-output", LOGGING, "log-outputs"));
    addExperimental(flags);
    return List.copyOf(flags);
  }

  private static void addExperimental(List<Flag<?>> flags) {
    Stream.of("memory-mlock", "backend-bbolt-freelist-type")
        .forEach(name -> flags.add(experimental(name, MEMBER)));
    flags.add(experimental("peer-skip-client-san-verification", SECURITY));
    Stream.of("warning-apply-duration", "warning-unary-request-duration")
        .forEach(name -> flags.add(experimental(name, MONITORING)));
    Stream.of(
            "enable-distributed-tracing",
            "distributed-tracing-address",
            "distributed-tracing-service-name",
            "distributed-tracing-instance-id",
            "distributed-tracing-sampling-rate")
        .forEach(name -> flags.add(experimental(name, TRACING)));
    Stream.of(
            "corrupt-check-time",
            "compact-hash-check-time",
            "compaction-batch-limit",
            "compaction-sleep-interval",
            "watch-progress-notify-interval",
            "bootstrap-defrag-threshold-megabytes",
            "downgrade-check-time",
            "snapshot-catchup-entries")
        .forEach(name -> flags.add(experimental(name, STORE)));
    flags.add(experimental("max-learners", CLUSTERING));
    flags.add(gate("experimental-initial-corrupt-check", "InitialCorruptCheck"));
    flags.add(gate("experimental-compact-hash-check-enabled", "CompactHashCheck"));
    flags.add(gate("experimental-enable-lease-checkpoint", "LeaseCheckpoint"));
    flags.add(gate("experimental-enable-lease-checkpoint-persist", "LeaseCheckpointPersist"));
    flags.add(gate("experimental-stop-grpc-service-on-defrag", "StopGRPCServiceOnDefrag"));
    flags.add(
        gate("experimental-txn-mode-write-with-shared-buffer", "TxnModeWriteWithSharedBuffer"));
    flags.add(
        Flag.refused(
            "experimental-enable-v2v3",
            MEMBER,
            ValueType.TEXT,
            "",
            "keys of v2 and of v3 are apart; --enable-v2 serves those of v2"));
  }

  private static <T> Flag<T> ignored(String name, ValueType<T> type, String defaultText) {
    return Flag.noEffect(name, MEMBER, type, defaultText, "etcd dropped it long ago");
  }

  private static Flag<?> experimental(String name, Group group) {
    return renamed("experimental-" + name, group, name);
  }

  private static Flag<String> renamed(String name, Group group, String to) {
    return new Flag<>(
        name, group, ValueType.TEXT, "", "Old name of --" + to + ".", new Standing.Renamed(to));
  }

  private static Flag<Boolean> gate(String name, String gate) {
    return new Flag<>(
        name,
        MEMBER,
        ValueType.SWITCH,
        "false",
        "Old name of --feature-gates=" + gate + "=true.",
        new Standing.Gate(gate));
  }
}
