package io.kvorum.operator;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.OperatorException;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.javaoperatorsdk.operator.processing.event.rate.LinearRateLimiter;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.kvorum.crds.StoreCluster;
import io.kvorum.operator.store.Stores;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The operator's process.
public final class Main {

  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  private static final String LEASE = "kvorum-operator";
  private static final Duration LEASE_DURATION = Duration.ofSeconds(15);
  private static final Duration RENEW_DEADLINE = Duration.ofSeconds(10);
  private static final Duration RETRY_PERIOD = Duration.ofSeconds(3);
  private static final Duration SHUTDOWN_LIMIT = Duration.ofSeconds(5);

  /// Passes of one cluster in ten seconds, whatever events come.
  private static final int PASSES_PER_PERIOD = 100;

  private static final Duration RATE_PERIOD = Duration.ofSeconds(10);
  private static final Duration FIRST_RETRY = Duration.ofMillis(500);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);
  private static final double RETRY_GROWTH = 2;

  private Main() {}

  public static void main(String[] arguments) {
    List<String> words = List.of(arguments);
    if (words.contains("--help") || words.contains("-h")) {
      System.out.print(Options.HELP);
      return;
    }
    if (words.contains("--version")) {
      String version = Main.class.getPackage().getImplementationVersion();
      System.out.println("kvorum operator " + (version == null ? "unpackaged" : version));
      return;
    }
    try {
      run(Options.parse(words, System.getenv()));
    } catch (Options.Wrong e) {
      System.err.println("kvorum operator: " + e.getMessage());
      System.exit(2);
    } catch (IOException | OperatorException e) {
      LOG.error("the operator cannot start: {}", e.getMessage(), e);
      System.exit(1);
    }
  }

  private static void run(Options options) throws IOException {
    org.slf4j.bridge.SLF4JBridgeHandler.removeHandlersForRootLogger();
    org.slf4j.bridge.SLF4JBridgeHandler.install();
    var stores = new Stores();
    KubernetesClient client = client();
    var operator = new Operator(overrider -> configure(overrider, client, options));
    operator.register(
        new ClusterReconciler(client, stores, options.identity()),
        overrider -> configure(overrider, options));
    var started = new java.util.concurrent.atomic.AtomicBoolean();
    var health = new HealthServer(options, () -> !started.get() || isAlive(operator), started::get);
    operator.installShutdownHook(SHUTDOWN_LIMIT);
    operator.start();
    started.set(true);
    LOG.info(
        "operator {} runs; health on port {}; namespaces: {}",
        options.identity(),
        health.port(),
        options.namespaces().isEmpty() ? "all" : String.join(", ", options.namespaces()));
  }

  private static KubernetesClient client() {
    Config config = new ConfigBuilder().build();
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientFactory(new JdkHttpClientFactory())
        .build();
  }

  private static void configure(
      ConfigurationServiceOverrider overrider, KubernetesClient client, Options options) {
    overrider
        .withKubernetesClient(client)
        .withReconciliationTerminationTimeout(SHUTDOWN_LIMIT)
        .withUseSSAToPatchPrimaryResource(false);
    if (options.electLeader()) {
      overrider.withLeaderElectionConfiguration(
          LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(LEASE)
              .withLeaseNamespace(options.leaseNamespace())
              .withIdentity(options.identity())
              .withLeaseDuration(LEASE_DURATION)
              .withRenewDeadline(RENEW_DEADLINE)
              .withRetryPeriod(RETRY_PERIOD)
              .build());
    }
  }

  private static void configure(
      ControllerConfigurationOverrider<StoreCluster> overrider, Options options) {
    overrider
        .withGenerationAware(true)
        .withRateLimiter(new LinearRateLimiter(RATE_PERIOD, PASSES_PER_PERIOD))
        .withRetry(
            new GenericRetry()
                .setInitialInterval(FIRST_RETRY)
                .setIntervalMultiplier(RETRY_GROWTH)
                .setMaxInterval(LONGEST_RETRY.toMillis())
                .withoutMaxAttempts());
    if (options.namespaces().isEmpty()) {
      overrider.watchingAllNamespaces();
    } else {
      overrider.settingNamespaces(options.namespaces());
    }
  }

  /// Before this operator leads it has no caches, and lives.
  private static boolean isAlive(Operator operator) {
    var runtime = operator.getRuntimeInfo();
    return !runtime.isStarted() || runtime.allEventSourcesAreHealthy();
  }
}
