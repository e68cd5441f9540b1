package io.kvorum.localkube.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// One container of a Pod through all its processes. The Pod's worker alone calls it; probes and
/// the process's end report through volatile fields and wake the worker.
final class ContainerRun {

  /// The first restart is immediate, then the pause doubles; shorter than Kubernetes' five minutes,
  /// because who tries something out waits for it.
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(20);

  /// A process that lived this long starts anew without a pause.
  private static final Duration STEADY = Duration.ofSeconds(60);

  private static final int SIGKILL_EXIT = 137;

  sealed interface State {}

  record Waiting(String reason, String message) implements State {}

  record Running(Process process, Instant since) implements State {}

  record Ended(int exitCode, String reason, Instant since, Instant until) implements State {}

  /// What a run needs from outside.
  ///
  /// @param wake makes the Pod's worker look again
  /// @param warn records a warning event: reason, message
  record Surroundings(
      String processName, Processes processes, Runnable wake, BiConsumer<String, String> warn) {}

  private final JsonNode container;
  private final Surroundings around;
  private State state = new Waiting("ContainerCreating", "");
  private @Nullable Ended last;
  private int restarts;
  private int quickEnds;
  private Instant notBefore = Instant.EPOCH;
  private CountDownLatch probing = new CountDownLatch(0);
  private volatile boolean started;
  private volatile boolean ready;

  /// `before` is the container's status from an earlier life of the kubelet, if any.
  ContainerRun(JsonNode container, @Nullable JsonNode before, Surroundings around) {
    this.container = container;
    this.around = around;
    if (Json.has(before, "state", "running") || Json.has(before, "state", "terminated")) {
      restarts = (int) Json.number(before, 0, "restartCount");
      JsonNode ended = Json.at(before, "state", "terminated");
      state =
          ended != null
              ? new Ended(
                  (int) Json.number(ended, 0, "exitCode"),
                  Json.text(ended, "reason"),
                  Instant.parse(Json.text(ended, "startedAt")),
                  Instant.parse(Json.text(ended, "finishedAt")))
              : new Ended(
                  SIGKILL_EXIT,
                  "Error",
                  Instant.parse(Json.text(before, "state", "running", "startedAt")),
                  now());
    }
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }

  String name() {
    return Json.text(container, "name");
  }

  JsonNode spec() {
    return container;
  }

  State state() {
    return state;
  }

  boolean isReady() {
    return state instanceof Running && ready;
  }

  int restarts() {
    return restarts;
  }

  /// The number of restarts that the next process will have behind it.
  int nextLife() {
    return last != null || state instanceof Ended ? restarts + 1 : restarts;
  }

  /// Notes that the process has ended, if it has.
  void look() {
    if (state instanceof Running(Process process, Instant since) && !process.isAlive()) {
      ended(process, since);
    }
  }

  private void ended(Process process, Instant since) {
    probing.countDown();
    ready = false;
    started = false;
    around.processes().ended(around.processName());
    int exitCode = process.exitValue();
    String reason = exitCode == 0 ? "Completed" : "Error";
    boolean steady = Duration.between(since, Instant.now()).compareTo(STEADY) >= 0;
    quickEnds = steady ? 0 : quickEnds + 1;
    notBefore = Instant.now().plus(pause());
    state = new Ended(exitCode, reason, since, now());
  }

  private Duration pause() {
    if (quickEnds <= 1) {
      return Duration.ZERO;
    }
    Duration doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(quickEnds - 2, 10));
    return doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
  }

  /// How long until it may be started, zero when now.
  Duration untilStart() {
    Duration left = Duration.between(Instant.now(), notBefore);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /// Keeps it from starting, for a reason that a person can read.
  void waitFor(String reason, String message) {
    if (state instanceof Ended ended) {
      last = ended;
    }
    state = new Waiting(reason, message);
  }

  /// Starts a process.
  void start(Processes.Start start, CommandLine.Place place) throws IOException {
    boolean again = last != null || state instanceof Ended;
    if (state instanceof Ended ended) {
      last = ended;
    }
    Process process = around.processes().start(start);
    if (again) {
      restarts++;
    }
    state = new Running(process, now());
    var _ = process.onExit().thenRun(around.wake());
    probe(process, place);
  }

  private void probe(Process process, CommandLine.Place place) {
    var stop = new CountDownLatch(1);
    probing = stop;
    Optional<Probe> startup = Probe.of(container, "startupProbe", place);
    Optional<Probe> liveness = Probe.of(container, "livenessProbe", place);
    Optional<Probe> readiness = Probe.of(container, "readinessProbe", place);
    Thread.ofVirtual()
        .name("probe-" + around.processName())
        .start(() -> {
          if (startup.isPresent()
              && !new Watch(stop, startup.get(), "Startup").untilSuccess(process)) {
            return;
          }
          started = true;
          ready = readiness.isEmpty();
          around.wake().run();
          readiness.ifPresent(probe ->
              Thread.ofVirtual().start(() -> new Watch(stop, probe, "Readiness").keepReady()));
          liveness.ifPresent(probe -> new Watch(stop, probe, "Liveness").keepAlive(process));
        });
  }

  /// Asks one probe again and again until the process ends.
  private final class Watch {
    private final CountDownLatch stop;
    private final Probe probe;
    private final String kind;
    private int successes;
    private int failures;

    Watch(CountDownLatch stop, Probe probe, String kind) {
      this.stop = stop;
      this.probe = probe;
      this.kind = kind;
    }

    /// Waits for the next turn; false when the process has ended.
    private boolean awaitTurn(int seconds) {
      try {
        return !stop.await(seconds, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    private void ask() {
      Optional<String> failure = probe.failure();
      successes = failure.isEmpty() ? successes + 1 : 0;
      failures = failure.isEmpty() ? 0 : failures + 1;
      if (failures == probe.failureThreshold() && stop.getCount() > 0) {
        around.warn().accept("Unhealthy", kind + " probe failed: " + failure.orElse(""));
      }
    }

    boolean untilSuccess(Process process) {
      for (boolean on = awaitTurn(probe.initialDelaySeconds());
          on;
          on = awaitTurn(probe.periodSeconds())) {
        ask();
        if (successes >= probe.successThreshold()) {
          return true;
        }
        if (failures >= probe.failureThreshold()) {
          kill(process, kind + " probe failed");
          return false;
        }
      }
      return false;
    }

    void keepReady() {
      for (boolean on = awaitTurn(probe.initialDelaySeconds());
          on;
          on = awaitTurn(probe.periodSeconds())) {
        ask();
        boolean before = ready;
        if (successes >= probe.successThreshold()) {
          ready = true;
        } else if (failures >= probe.failureThreshold()) {
          ready = false;
        }
        if (ready != before) {
          around.wake().run();
        }
      }
    }

    void keepAlive(Process process) {
      for (boolean on = awaitTurn(probe.initialDelaySeconds());
          on;
          on = awaitTurn(probe.periodSeconds())) {
        ask();
        if (failures >= probe.failureThreshold()) {
          kill(process, kind + " probe failed");
          return;
        }
      }
    }
  }

  private void kill(Process process, String why) {
    around.warn().accept("Killing", "container " + name() + ": " + why);
    stopProcess(process, Duration.ofSeconds(10));
  }

  /// Ends the process: SIGTERM, and SIGKILL after the grace period. Blocks until it is gone.
  void stop(Duration grace) {
    if (state instanceof Running(Process process, _)) {
      stopProcess(process, grace);
      look();
    }
  }

  private static void stopProcess(Process process, Duration grace) {
    try {
      if (grace.isPositive()) {
        process.destroy();
        if (process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
      }
      process.destroyForcibly();
      process.waitFor();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /// Its entry in `status.containerStatuses`.
  ObjectNode status() {
    ObjectNode status = Json.object();
    String image = Json.text(container, "image");
    status.put("name", name());
    status.put("image", image);
    status.put("imageID", image);
    status.put("ready", isReady());
    status.put("started", state instanceof Running && started);
    status.put("restartCount", restarts);
    describe(Json.with(status, "state"), state);
    if (state instanceof Running(Process process, _)) {
      status.put("containerID", "process://" + process.pid());
    }
    ObjectNode lastState = status.putObject("lastState");
    if (last != null) {
      describe(lastState, last);
    }
    return status;
  }

  private static void describe(ObjectNode at, State state) {
    switch (state) {
      case Waiting(String reason, String message) -> {
        ObjectNode waiting = at.putObject("waiting").put("reason", reason);
        if (!message.isEmpty()) {
          waiting.put("message", message);
        }
      }
      case Running(_, Instant since) -> at.putObject("running").put("startedAt", "" + since);
      case Ended(int exitCode, String reason, Instant since, Instant until) ->
          at.putObject("terminated")
              .put("exitCode", exitCode)
              .put("reason", reason)
              .put("startedAt", "" + since)
              .put("finishedAt", "" + until);
    }
  }
}
