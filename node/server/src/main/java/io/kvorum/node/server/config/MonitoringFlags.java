package io.kvorum.node.server.config;

import static io.kvorum.node.server.config.Flag.noEffect;
import static io.kvorum.node.server.config.Flag.refused;
import static io.kvorum.node.server.config.Flag.works;
import static io.kvorum.node.server.config.Group.LOGGING;
import static io.kvorum.node.server.config.Group.MONITORING;
import static io.kvorum.node.server.config.Group.TRACING;
import static io.kvorum.node.server.config.ValueType.LIST;
import static io.kvorum.node.server.config.ValueType.OPTIONAL_URLS;
import static io.kvorum.node.server.config.ValueType.SWITCH;
import static io.kvorum.node.server.config.ValueType.TEXT;
import static io.kvorum.node.server.config.ValueType.choice;
import static io.kvorum.node.server.config.ValueType.duration;
import static io.kvorum.node.server.config.ValueType.whole;

import java.time.Duration;
import java.util.List;

/// The flags about what a member tells of itself: metrics, logs, traces.
final class MonitoringFlags {

  private static final String NO_TRACING = "this release sends no traces";

  static final Flag<String> METRICS =
      works(
          "metrics",
          MONITORING,
          choice("basic", "extensive"),
          "basic",
          "Set of metrics: 'extensive' adds latency histograms of every gRPC method.");
  static final Flag<List<Url>> LISTEN_METRICS_URLS =
      works(
          "listen-metrics-urls",
          MONITORING,
          OPTIONAL_URLS,
          "",
          "More URLs to answer /metrics, /health, /livez and /readyz on.");
  static final Flag<String> LOGGER =
      works(
          "logger",
          LOGGING,
          choice("zap", "capnslog"),
          "zap",
          "Only the lines of 'zap' are written; 'capnslog' is accepted and means the same.");
  static final Flag<List<String>> LOG_OUTPUTS =
      works(
          "log-outputs",
          LOGGING,
          LIST,
          "default",
          "Where log lines go: default (stderr), stderr, stdout, or paths of files.");
  static final Flag<String> LOG_LEVEL =
      works(
          "log-level",
          LOGGING,
          choice("debug", "info", "warn", "error", "dpanic", "panic", "fatal"),
          "info",
          "Lowest level that is written: debug, info, warn, error, panic or fatal.");
  static final Flag<String> LOG_FORMAT =
      works(
          "log-format",
          LOGGING,
          choice("json", "console"),
          "json",
          "Form of a log line: json or console.");
  static final Flag<Duration> WARNING_APPLY_DURATION =
      works(
          "warning-apply-duration",
          LOGGING,
          duration(Duration.ZERO),
          "100ms",
          "Log a warning when applying a batch takes longer.");

  static final List<Flag<?>> ALL =
      List.of(
          noEffect(
              "enable-pprof",
              MONITORING,
              SWITCH,
              "false",
              "pprof profiles Go programs; use jcmd and the JDK's flight recorder"),
          METRICS,
          LISTEN_METRICS_URLS,
          LOGGER,
          LOG_OUTPUTS,
          LOG_LEVEL,
          LOG_FORMAT,
          refused(
              "enable-log-rotation",
              LOGGING,
              SWITCH,
              "false",
              "the member does not rotate its log files; use logrotate with copytruncate"),
          noEffect(
              "log-rotation-config-json",
              LOGGING,
              TEXT,
              "{\"maxsize\": 100, \"maxage\": 0, \"maxbackups\": 0, \"localtime\": false,"
                  + " \"compress\": false}",
              "it belongs to --enable-log-rotation"),
          noEffect(
              "log-package-levels", LOGGING, TEXT, "", "levels are set for all with --log-level"),
          WARNING_APPLY_DURATION,
          noEffect(
              "warning-unary-request-duration",
              LOGGING,
              duration(Duration.ZERO),
              "300ms",
              "slow calls are seen in the histograms of --metrics=extensive"),
          refused("enable-distributed-tracing", TRACING, SWITCH, "false", NO_TRACING),
          noEffect("distributed-tracing-address", TRACING, TEXT, "localhost:4317", NO_TRACING),
          noEffect("distributed-tracing-service-name", TRACING, TEXT, "etcd", NO_TRACING),
          noEffect("distributed-tracing-instance-id", TRACING, TEXT, "", NO_TRACING),
          noEffect(
              "distributed-tracing-sampling-rate", TRACING, whole(0, 1_000_000), "0", NO_TRACING));

  private MonitoringFlags() {}
}
