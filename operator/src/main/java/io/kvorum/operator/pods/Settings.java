package io.kvorum.operator.pods;

import io.fabric8.kubernetes.api.model.Quantity;
import io.kvorum.crds.AutoCompactionSpec;
import io.kvorum.crds.ConfigSpec;
import io.kvorum.crds.FailurePolicySpec;
import io.kvorum.crds.ImageSpec;
import io.kvorum.crds.PodTemplateSpec;
import io.kvorum.crds.RetentionSpec;
import io.kvorum.crds.StorageSpec;
import io.kvorum.crds.StoreCluster;
import io.kvorum.crds.StoreClusterSpec;
import io.kvorum.crds.TlsPlaneSpec;
import io.kvorum.crds.TlsSpec;
import io.kvorum.operator.plan.Desired;
import io.kvorum.operator.plan.Naming;
import io.kvorum.operator.plan.Scheme;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A cluster's spec with every default filled in: the only place that knows the defaults.
public record Settings(Naming naming, String uid, StoreClusterSpec spec) {

  static final String DEFAULT_REPOSITORY = "ghcr.io/kvorum/store";
  static final String DEFAULT_SIZE = "8Gi";
  private static final int DEFAULT_REPLICAS = 3;
  private static final int DEFAULT_CRASH_LOOP_RESTARTS = 5;
  private static final Duration DEFAULT_REPLACE_AFTER = Duration.ofMinutes(5);
  private static final Duration DEFAULT_BETWEEN_REPLACEMENTS = Duration.ofMinutes(10);

  public static Settings of(StoreCluster cluster) {
    var metadata = cluster.getMetadata();
    return new Settings(
        new Naming(metadata.getName(), metadata.getNamespace()),
        Objects.requireNonNullElse(metadata.getUid(), ""),
        cluster.getSpec());
  }

  public Desired desired() {
    return new Desired(
        naming,
        replicas(),
        Boolean.TRUE.equals(spec.paused()),
        scheme(peerTls()),
        new Desired.Templates(
            PodTemplate.hash(this, Scheme.HTTP), PodTemplate.hash(this, Scheme.HTTPS)),
        bytes(size()),
        new Desired.Retention(keeps(retention().onScaleDown()), keeps(retention().onReplace())),
        failurePolicy());
  }

  public int replicas() {
    return Objects.requireNonNullElse(spec.replicas(), DEFAULT_REPLICAS);
  }

  public String version() {
    return Objects.requireNonNullElse(spec.version(), "");
  }

  String image() {
    ImageSpec image = imageSpec();
    String repository = Objects.requireNonNullElse(image.repository(), DEFAULT_REPOSITORY);
    return image.digest() == null
        ? repository + ":" + Objects.requireNonNullElse(image.tag(), version())
        : repository + "@" + image.digest();
  }

  /// Whether the image is upstream etcd's, by the last part of its name: early versions of it have
  /// no `/livez` and `/readyz`.
  boolean upstreamEtcd() {
    String repository = Objects.requireNonNullElse(imageSpec().repository(), DEFAULT_REPOSITORY);
    return repository.substring(repository.lastIndexOf('/') + 1).equals("etcd");
  }

  ImageSpec imageSpec() {
    return Objects.requireNonNullElse(
        spec.image(), new ImageSpec(null, null, null, null, null, null));
  }

  PodTemplateSpec podTemplate() {
    return Objects.requireNonNullElse(
        spec.podTemplate(), new PodTemplateSpec(null, null, null, null, null, null, null, null));
  }

  /// The keys of `spec.podTemplate.metadata` that are the operator's own; they are left out.
  public String reservedKeys() {
    PodTemplateSpec.Metadata extra = podTemplate().metadata();
    if (extra == null) {
      return "";
    }
    return Stream.of(extra.labels(), extra.annotations())
        .filter(Objects::nonNull)
        .flatMap(map -> map.keySet().stream())
        .filter(key -> key.startsWith(Labels.RESERVED_PREFIX))
        .sorted()
        .collect(Collectors.joining(", "));
  }

  StorageSpec storage() {
    return Objects.requireNonNullElse(spec.storage(), new StorageSpec(null, null, null));
  }

  String size() {
    return Objects.requireNonNullElse(storage().size(), DEFAULT_SIZE);
  }

  private RetentionSpec retention() {
    return Objects.requireNonNullElse(storage().retention(), new RetentionSpec(null, null, null));
  }

  boolean keepsVolumesOfDeletedCluster() {
    return !"Delete".equals(retention().onClusterDelete());
  }

  private static boolean keeps(@Nullable String policy) {
    return "Retain".equals(policy);
  }

  public @Nullable TlsPlaneSpec peerTls() {
    TlsSpec tls = spec.tls();
    return tls == null ? null : tls.peer();
  }

  public @Nullable TlsPlaneSpec clientTls() {
    TlsSpec tls = spec.tls();
    return tls == null ? null : tls.client();
  }

  public static Scheme scheme(@Nullable TlsPlaneSpec plane) {
    return plane == null ? Scheme.HTTP : Scheme.HTTPS;
  }

  private Desired.FailurePolicy failurePolicy() {
    FailurePolicySpec policy =
        Objects.requireNonNullElse(
            spec.failurePolicy(), new FailurePolicySpec(null, null, null, null, null));
    return new Desired.FailurePolicy(
        !"Manual".equals(policy.mode()),
        duration(policy.replaceAfter(), DEFAULT_REPLACE_AFTER),
        !"Wait".equals(policy.nodeLost()),
        Objects.requireNonNullElse(policy.crashLoopRestarts(), DEFAULT_CRASH_LOOP_RESTARTS),
        duration(policy.minTimeBetweenReplacements(), DEFAULT_BETWEEN_REPLACEMENTS));
  }

  /// The flags that come from `spec.config`.
  List<String> configFlags() {
    var flags = new ArrayList<String>();
    ConfigSpec config = spec.config();
    if (config == null) {
      return flags;
    }
    flag(flags, "quota-backend-bytes", bytesText(config.quotaBackendBytes()));
    flag(flags, "heartbeat-interval", millis(config.heartbeatInterval()));
    flag(flags, "election-timeout", millis(config.electionTimeout()));
    flag(flags, "snapshot-count", config.snapshotCount());
    flag(flags, "max-request-bytes", config.maxRequestBytes());
    flag(flags, "max-txn-ops", config.maxTxnOps());
    AutoCompactionSpec compaction = config.autoCompaction();
    if (compaction != null && compaction.mode() != null) {
      flag(flags, "auto-compaction-mode", compaction.mode().toLowerCase(Locale.ROOT));
      flag(flags, "auto-compaction-retention", compaction.retention());
    }
    return flags;
  }

  private static void flag(List<String> flags, String name, @Nullable Object value) {
    if (value != null) {
      flags.add("--" + name + "=" + value);
    }
  }

  private static @Nullable String bytesText(@Nullable String quantity) {
    return quantity == null ? null : Long.toString(bytes(quantity));
  }

  private static @Nullable String millis(@Nullable String duration) {
    return duration == null ? null : Long.toString(duration(duration, Duration.ZERO).toMillis());
  }

  public static long bytes(String quantity) {
    BigDecimal bytes = Quantity.getAmountInBytes(new Quantity(quantity));
    return bytes.longValue();
  }

  /// A duration such as `100ms`, `5m` or `1h`; validation let nothing else in.
  static Duration duration(@Nullable String text, Duration fallback) {
    if (text == null) {
      return fallback;
    }
    int unit = 0;
    while (unit < text.length() && Character.isDigit(text.charAt(unit))) {
      unit++;
    }
    long count = Long.parseLong(text.substring(0, unit));
    return switch (text.substring(unit)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> throw new IllegalArgumentException("not a duration: " + text);
    };
  }
}
