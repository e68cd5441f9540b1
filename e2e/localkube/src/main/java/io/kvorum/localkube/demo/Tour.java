package io.kvorum.localkube.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.LocalKube;
import io.kvorum.localkube.api.ResourceType;
import io.kvorum.localkube.api.Target;
import io.kvorum.localkube.api.WriteOptions;
import io.kvorum.localkube.fault.Faults;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.up.Installation;
import io.kvorum.localkube.up.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// The scripted tour: each step must be seen to happen before the next begins.
final class Tour {

  private static final int KEYS = 1_000;
  private static final String PREFIX = "demo/";
  private static final int WRITERS = 8;
  private static final int CLIENT_PORT = 2379;
  private static final String CLUSTER = "demo";
  private static final String NAMESPACE = "default";

  /// A step that takes longer than this has failed.
  private static final Duration BOUND = Duration.ofMinutes(4);

  /// A step was not seen to happen.
  static final class Missed extends Exception {
    Missed(String what) {
      super(what);
    }
  }

  /// What a step does.
  private interface Action {
    void run() throws IOException, InterruptedException, Missed;
  }

  private record Step(String name, Duration took) {}

  private final LocalKube kubernetes;
  private final Installation installation;
  private final Progress progress;
  private final PrintWriter out;
  private final List<Step> steps = new ArrayList<>();
  private final Map<String, String> written = new TreeMap<>();

  Tour(LocalKube kubernetes, Installation installation, PrintWriter out) {
    this.kubernetes = kubernetes;
    this.installation = installation;
    this.progress = new Progress(kubernetes, installation, out);
    this.out = out;
  }

  void run() throws IOException, InterruptedException, Missed {
    step("form a cluster of 3", this::form);
    step("write " + KEYS + " keys", this::write);
    step("scale to 5", () -> scale(5));
    var victim = new String[1];
    step("kill -9 a member and destroy its volume", () -> victim[0] = hurt());
    step("wait for the replacement", () -> awaitReplacement(victim[0]));
    step("scale to 3", () -> scale(3));
    step("read " + KEYS + " keys back through every member", this::readBack);
  }

  private void step(String name, Action action) throws IOException, InterruptedException, Missed {
    out.println("\n" + name);
    out.flush();
    long start = System.nanoTime();
    action.run();
    steps.add(new Step(name, Duration.ofNanos(System.nanoTime() - start)));
  }

  private void form() throws IOException, InterruptedException, Missed {
    installation.operator();
    installation.sample();
    await("3 members form the cluster", 3, "");
  }

  private void write() throws InterruptedException, Missed {
    for (int i = 0; i < KEYS; i++) {
      written.put(String.format(Locale.ROOT, "%s%04d", PREFIX, i), "value of " + i);
    }
    List<StoreClient> clients = clients();
    var keys = List.copyOf(written.entrySet());
    try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      var running = new ArrayList<Future<?>>();
      for (int i = 0; i < keys.size(); i++) {
        Map.Entry<String, String> each = keys.get(i);
        StoreClient client = clients.get(i % clients.size());
        running.add(writers.submit(() -> client.put(each.getKey(), each.getValue())));
      }
      for (Future<?> each : running) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw new Missed("a key could not be written: " + e.getCause());
    } finally {
      clients.forEach(StoreClient::close);
    }
    progress.say(KEYS + " keys are acknowledged, written through " + clients.size() + " members");
  }

  private void scale(int replicas) throws InterruptedException, Missed {
    ObjectNode scale = Json.object();
    Json.with(scale, "spec").put("replicas", replicas);
    kubernetes.api().updateScale(target("scale"), scale, WriteOptions.of("kvorum-demo"));
    await("the cluster has " + replicas + " members", replicas, "");
  }

  /// Destroys the leader with all its data; returns its name.
  private String hurt() throws IOException, InterruptedException, Missed {
    String leader = Json.text(cluster(), "status", "leader");
    ObjectNode pod =
        installation.members(cluster()).stream()
            .filter(each -> Json.text(each, "metadata", "name").equals(leader))
            .findFirst()
            .orElseThrow(() -> new Missed("the status names no leader among the members"));
    String claim =
        Json.items(pod, "spec", "volumes").stream()
            .map(each -> Json.text(each, "persistentVolumeClaim", "claimName"))
            .filter(name -> !name.isEmpty())
            .findFirst()
            .orElseThrow(() -> new Missed(leader + " has no volume"));
    try (Faults faults = new Faults(kubernetes.kubeconfig())) {
      faults.loseVolume(NAMESPACE, claim);
    }
    progress.say("killed " + leader + ", the leader, and destroyed its volume");
    return leader;
  }

  private void awaitReplacement(String victim) throws InterruptedException, Missed {
    await("another member takes the place of " + victim, 5, victim);
  }

  private void readBack() throws Missed {
    List<StoreClient> clients = clients();
    try {
      for (StoreClient client : clients) {
        Map<String, String> found = client.all(PREFIX);
        if (!found.equals(written)) {
          throw new Missed("a member answers " + found.size() + " keys, or other values");
        }
      }
    } finally {
      clients.forEach(StoreClient::close);
    }
    progress.say("each of " + clients.size() + " members returns all " + KEYS + " keys");
  }

  private void await(String what, int members, String without) throws InterruptedException, Missed {
    boolean seen =
        progress.await(
            BOUND,
            () ->
                installation.settled(cluster())
                    && names().size() == members
                    && !names().contains(without));
    if (!seen) {
      throw new Missed("not seen within " + BOUND.toSeconds() + " s: " + what);
    }
    progress.say("members: " + String.join(" ", names()));
  }

  private ObjectNode cluster() {
    return kubernetes.api().get(target(""));
  }

  private Target target(String part) {
    ResourceType type =
        kubernetes
            .api()
            .catalogue()
            .ofKind("kvorum.io/v1alpha1", "StoreCluster")
            .orElseThrow(() -> new IllegalStateException("StoreCluster is not installed"));
    return new Target(type, NAMESPACE, CLUSTER, part);
  }

  private List<String> names() {
    return Json.items(cluster(), "status", "members").stream()
        .map(each -> Json.text(each, "name"))
        .sorted()
        .toList();
  }

  private List<StoreClient> clients() throws Missed {
    var clients = new ArrayList<StoreClient>();
    for (JsonNode pod : installation.members(cluster())) {
      clients.add(new StoreClient(Json.text(pod, "status", "podIP"), CLIENT_PORT));
    }
    if (clients.isEmpty()) {
      throw new Missed("the cluster has no members");
    }
    return clients;
  }

  /// What took how long.
  void printTimeline() {
    out.println("\nTimeline");
    Duration total = Duration.ZERO;
    for (Step step : steps) {
      total = total.plus(step.took());
      out.printf(Locale.ROOT, "%8.1f s  %s%n", step.took().toMillis() / 1e3, step.name());
    }
    out.printf(Locale.ROOT, "%8.1f s  in all%n", total.toMillis() / 1e3);
    out.flush();
  }
}
