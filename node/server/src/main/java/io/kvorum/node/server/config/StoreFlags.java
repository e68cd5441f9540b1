package io.kvorum.node.server.config;

import static io.kvorum.node.server.config.Flag.noEffect;
import static io.kvorum.node.server.config.Flag.refused;
import static io.kvorum.node.server.config.Flag.works;
import static io.kvorum.node.server.config.Group.STORE;
import static io.kvorum.node.server.config.Group.UNSAFE;
import static io.kvorum.node.server.config.Group.V2_PROXY;
import static io.kvorum.node.server.config.ValueType.SWITCH;
import static io.kvorum.node.server.config.ValueType.choice;
import static io.kvorum.node.server.config.ValueType.duration;
import static io.kvorum.node.server.config.ValueType.whole;

import java.time.Duration;
import java.util.List;

/// The flags that tune the store, and those of etcd that a member rightly refuses.
final class StoreFlags {

  private static final String OWN_COMPACTION =
      "the pace of a compaction follows the load, it has no fixed steps";

  static final Flag<Duration> WATCH_PROGRESS_NOTIFY_INTERVAL =
      works(
          "watch-progress-notify-interval",
          STORE,
          duration(Duration.ZERO),
          "10m",
          "Time after which an idle watch that asked for progress is told the revision.");
  static final Flag<Long> SNAPSHOT_CATCHUP_ENTRIES =
      works(
          "snapshot-catchup-entries",
          STORE,
          whole(0, Integer.MAX_VALUE),
          "5000",
          "Entries kept in the log behind the flushed state, for followers that lag.");

  static final Flag<String> PROXY =
      works(
          "proxy",
          V2_PROXY,
          choice("off", "readonly", "on"),
          "off",
          "Be no member but forward HTTP on the client ports to those that --initial-cluster or"
              + " --discovery names: all of it (on), or only reading (readonly).");
  static final Flag<Long> PROXY_FAILURE_WAIT =
      proxyMillis(
          "proxy-failure-wait", "5000", "Milliseconds in which a member that failed is not asked.");
  static final Flag<Long> PROXY_REFRESH_INTERVAL =
      proxyMillis(
          "proxy-refresh-interval", "30000", "Milliseconds between looking who the members are.");
  static final Flag<Long> PROXY_DIAL_TIMEOUT =
      proxyMillis("proxy-dial-timeout", "1000", "Milliseconds for a connection to a member.");
  static final Flag<Long> PROXY_READ_TIMEOUT =
      proxyMillis(
          "proxy-read-timeout",
          "0",
          "Milliseconds for a member to begin its answer; 0: as long as it takes.");

  static final List<Flag<?>> ALL =
      List.of(
          refused(
              "corrupt-check-time",
              STORE,
              duration(Duration.ZERO),
              "0s",
              "this release does not compare hashes with peers by itself"),
          noEffect(
              "compact-hash-check-time",
              STORE,
              duration(Duration.ZERO),
              "1m",
              "it belongs to the gate CompactHashCheck, which this release does not have"),
          noEffect(
              "compaction-batch-limit", STORE, whole(0, Integer.MAX_VALUE), "1000", OWN_COMPACTION),
          noEffect(
              "compaction-sleep-interval", STORE, duration(Duration.ZERO), "10ms", OWN_COMPACTION),
          WATCH_PROGRESS_NOTIFY_INTERVAL,
          noEffect(
              "bootstrap-defrag-threshold-megabytes",
              STORE,
              whole(0, Integer.MAX_VALUE),
              "0",
              "the state database gives space back by itself"),
          noEffect(
              "downgrade-check-time",
              STORE,
              duration(Duration.ZERO),
              "5s",
              "this release has no downgrade job"),
          SNAPSHOT_CATCHUP_ENTRIES,
          PROXY,
          PROXY_FAILURE_WAIT,
          PROXY_REFRESH_INTERVAL,
          PROXY_DIAL_TIMEOUT,
          noEffect(
              "proxy-write-timeout",
              V2_PROXY,
              whole(0, Integer.MAX_VALUE),
              "5000",
              "a request goes to a member whole"),
          PROXY_READ_TIMEOUT,
          refused(
              "force-new-cluster",
              UNSAFE,
              SWITCH,
              "false",
              "this release cannot turn the data of a lost cluster into a new one"),
          noEffect(
              "unsafe-no-fsync",
              UNSAFE,
              SWITCH,
              "false",
              "every acknowledged write is synced; there is no way to turn that off"));

  private StoreFlags() {}

  private static Flag<Long> proxyMillis(String name, String defaultText, String help) {
    return works(name, V2_PROXY, whole(0, Integer.MAX_VALUE), defaultText, help);
  }
}
