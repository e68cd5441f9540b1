package io.kvorum.localkube.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings one Pod from its spec to its end, in a thread of its own: looks at the Pod and at its
/// processes, does what is due, writes the status, and waits to be woken.
final class PodWorker {

  private static final Logger LOG = LoggerFactory.getLogger(PodWorker.class);

  /// A look without being woken, for what nobody announces (a claim that gets bound late).
  private static final Duration IDLE_LOOK = Duration.ofSeconds(10);

  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final long DEFAULT_GRACE_SECONDS = 30;

  /// What all workers share.
  record Site(
      Cluster cluster,
      ImageCatalogue images,
      Addresses addresses,
      HostsFile hosts,
      Volumes volumes,
      Processes processes,
      Path stateFolder) {}

  private final Site site;
  private final String namespace;
  private final String name;
  private final String uid;
  private final String address;
  private final List<ContainerRun> init;
  private final List<ContainerRun> main;
  private final Semaphore wakeUps = new Semaphore(0);
  private final Thread thread;
  private volatile boolean closing;
  private volatile boolean lost;

  private PodWorker(Site site, ObjectNode pod) {
    this.site = site;
    this.namespace = Json.text(pod, "metadata", "namespace");
    this.name = Json.text(pod, "metadata", "name");
    this.uid = Json.text(pod, "metadata", "uid");
    this.address = site.addresses().of(namespace, name);
    this.init = runs(pod, "initContainers", "initContainerStatuses");
    this.main = runs(pod, "containers", "containerStatuses");
    this.thread = Thread.ofVirtual().name("pod-" + name).unstarted(this::work);
  }

  static PodWorker start(Site site, ObjectNode pod) {
    var worker = new PodWorker(site, pod);
    worker.thread.start();
    return worker;
  }

  private List<ContainerRun> runs(ObjectNode pod, String specs, String statuses) {
    var runs = new ArrayList<ContainerRun>();
    for (JsonNode container : Json.items(pod, "spec", specs)) {
      String containerName = Json.text(container, "name");
      JsonNode before =
          Json.items(pod, "status", statuses).stream()
              .filter(status -> Json.text(status, "name").equals(containerName))
              .findFirst()
              .orElse(null);
      runs.add(
          new ContainerRun(
              container,
              before,
              new ContainerRun.Surroundings(
                  uid + "-" + containerName, site.processes(), this::wake, this::warn)));
    }
    return List.copyOf(runs);
  }

  String uid() {
    return uid;
  }

  boolean isDone() {
    return !thread.isAlive();
  }

  void wake() {
    wakeUps.release();
  }

  /// Its node is gone or back. On a lost node processes die and nobody writes a status.
  void setLost(boolean nodeLost) {
    if (lost != nodeLost) {
      lost = nodeLost;
      wake();
    }
  }

  /// Ends its processes in order, and writes nothing any more; `awaitEnd` waits for it.
  void close() {
    closing = true;
    wake();
  }

  void awaitEnd(Duration bound) throws InterruptedException {
    thread.join(bound);
  }

  private void warn(String reason, String message) {
    site.cluster()
        .get("pods", namespace, name)
        .ifPresent(pod -> site.cluster().event(pod, "Warning", reason, message));
  }

  private void work() {
    boolean more = true;
    while (more) {
      try {
        more = turn();
      } catch (RuntimeException e) {
        // The API may be in the middle of a change that the next turn sees complete.
        LOG.warn("Pod {}/{} will be tried again", namespace, name, e);
        await(RETRY);
      }
    }
  }

  /// One turn; false when the Pod has come to its end here.
  private boolean turn() {
    Optional<ObjectNode> pod =
        site.cluster()
            .get("pods", namespace, name)
            .filter(now -> Json.text(now, "metadata", "uid").equals(uid));
    if (closing) {
      stopAll(Duration.ofSeconds(DEFAULT_GRACE_SECONDS));
      return false;
    }
    if (pod.isEmpty()) {
      stopAll(Duration.ZERO);
      site.volumes().remove(uid);
      return false;
    }
    if (lost) {
      stopAll(Duration.ZERO);
      await(IDLE_LOOK);
    } else if (Json.has(pod.get(), "metadata", "deletionTimestamp")) {
      terminate(pod.get());
    } else {
      await(step(pod.get()));
    }
    return true;
  }

  private void await(Duration bound) {
    try {
      if (wakeUps.tryAcquire(Math.max(1, bound.toMillis()), TimeUnit.MILLISECONDS)) {
        wakeUps.drainPermits();
      }
    } catch (InterruptedException e) {
      closing = true;
    }
  }

  private void stopAll(Duration grace) {
    List<Thread> stopping =
        main.stream().map(run -> Thread.ofVirtual().start(() -> run.stop(grace))).toList();
    init.forEach(run -> run.stop(grace));
    for (Thread each : stopping) {
      try {
        each.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void terminate(ObjectNode pod) {
    site.cluster().event(pod, "Normal", "Killing", "Stopping container " + main.getFirst().name());
    stopAll(
        Duration.ofSeconds(
            Json.number(pod, DEFAULT_GRACE_SECONDS, "metadata", "deletionGracePeriodSeconds")));
    publish(pod);
    site.volumes().remove(uid);
    if (Json.items(pod, "metadata", "finalizers").isEmpty()) {
      site.cluster().remove("pods", namespace, name, uid);
    } else {
      await(IDLE_LOOK);
    }
  }

  /// Does what is due; how long to wait for the next look.
  private Duration step(ObjectNode pod) {
    init.forEach(ContainerRun::look);
    main.forEach(ContainerRun::look);
    Duration wait = IDLE_LOOK;
    if (!PodStatus.isOver(pod)) {
      String policy = Json.text(pod, "spec", "restartPolicy");
      wait = stepInit(pod, policy);
      if (initDone()) {
        for (ContainerRun run : main) {
          wait = shorter(wait, maybeStart(run, pod, policy));
        }
      }
    }
    publish(pod);
    return wait;
  }

  private boolean initDone() {
    return init.stream()
        .allMatch(run -> run.state() instanceof ContainerRun.Ended ended && ended.exitCode() == 0);
  }

  private Duration stepInit(ObjectNode pod, String policy) {
    for (ContainerRun run : init) {
      boolean succeeded = run.state() instanceof ContainerRun.Ended ended && ended.exitCode() == 0;
      if (!succeeded) {
        return maybeStart(run, pod, policy.equals("Never") ? "Never" : "OnFailure");
      }
    }
    return IDLE_LOOK;
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private Duration maybeStart(ContainerRun run, ObjectNode pod, String policy) {
    boolean wanted =
        switch (run.state()) {
          case ContainerRun.Running _ -> false;
          case ContainerRun.Waiting _ -> true;
          case ContainerRun.Ended ended ->
              switch (policy) {
                case "Never" -> false;
                case "OnFailure" -> ended.exitCode() != 0;
                default -> true;
              };
        };
    if (!wanted) {
      return IDLE_LOOK;
    }
    Duration pause = run.untilStart();
    if (pause.isPositive()) {
      run.waitFor(
          "CrashLoopBackOff", "back-off restarting failed container " + run.name() + " in " + name);
      return pause;
    }
    return start(run, pod);
  }

  private Duration start(ContainerRun run, ObjectNode pod) {
    String image = Json.text(run.spec(), "image");
    Optional<ImageCatalogue.Image> found = site.images().find(image);
    if (found.isEmpty()) {
      refuse(
          run,
          "ImagePullBackOff",
          "this machine has no image " + image + "; it has " + site.images().known());
      return IDLE_LOOK;
    }
    try {
      var bare = new CommandLine.Place(pod, address, Map.of(), site.cluster());
      var place =
          new CommandLine.Place(
              pod, address, site.volumes().mounts(run.spec(), bare), site.cluster());
      run.start(launch(run, found.get(), place), place);
      site.cluster().event(pod, "Normal", "Started", "Started container " + run.name());
      return IDLE_LOOK;
    } catch (CommandLine.Missing e) {
      refuse(run, "CreateContainerConfigError", e.getMessage());
    } catch (IOException e) {
      refuse(run, "CreateContainerError", e.getMessage());
    }
    return RETRY;
  }

  private void refuse(ContainerRun run, String reason, @Nullable String message) {
    String words = message == null ? "" : message;
    var waiting = new ContainerRun.Waiting(reason, words);
    if (!run.state().equals(waiting)) {
      run.waitFor(reason, words);
      warn("Failed", words);
    }
  }

  private Processes.Start launch(
      ContainerRun run, ImageCatalogue.Image image, CommandLine.Place place) {
    CommandLine line = CommandLine.of(run.spec(), image, place);
    line.environment().putIfAbsent("HOSTNAME", name);
    if (!"false".equals(Json.text(place.pod(), "spec", "automountServiceAccountToken"))) {
      String account = Json.text(place.pod(), "spec", "serviceAccountName");
      line.environment()
          .put(
              "KUBECONFIG",
              site.cluster()
                  .credentials(namespace, account.isEmpty() ? "default" : account)
                  .toString());
    }
    boolean mounted = image.namedHosts() == ImageCatalogue.NamedHosts.MOUNT;
    if (!mounted) {
      line.environment().put("KVORUM_BUILD", "skip");
      line.environment()
          .put(
              "KVORUM_JAVA_OPTS",
              "-Djdk.net.hosts.file="
                  + site.hosts().path()
                  + " -Dsun.net.inetaddr.ttl=1 -Dsun.net.inetaddr.negative.ttl=0");
    }
    return new Processes.Start(
        uid + "-" + run.name(),
        line,
        mounted ? site.hosts().path() : null,
        site.stateFolder().resolve("pods").resolve(uid),
        log(namespace, name, uid, run.name(), run.nextLife()));
  }

  /// Where the output of a container's process stands, below the state folder.
  static Path logFile(String namespace, String pod, String uid, String container, int restart) {
    return logFolder(namespace, pod, uid, container).resolve(restart + ".log");
  }

  static Path logFolder(String namespace, String pod, String uid, String container) {
    return Path.of("logs", namespace + "_" + pod + "_" + uid, container);
  }

  private Path log(String namespace, String pod, String uid, String container, int restart) {
    return site.stateFolder().resolve(logFile(namespace, pod, uid, container, restart));
  }

  private void publish(ObjectNode pod) {
    var runs = new PodStatus.Runs(init, main, initDone());
    site.cluster()
        .update(
            "pods",
            namespace,
            Json.text(pod, "metadata", "name"),
            now ->
                Json.text(now, "metadata", "uid").equals(uid)
                    ? PodStatus.withStatus(now, runs, address)
                    : now);
  }
}
