package io.kvorum.localkube.up;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.LocalKube;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.store.Watch;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Tells on the terminal what happens, one line for each thing that is new, with the seconds since
/// the start.
public final class Progress {

  private static final long LOOK_MILLIS = 500;

  private final LocalKube kubernetes;
  private final Installation installation;
  private final PrintWriter out;
  private final long start = System.nanoTime();
  private final Set<String> told = new LinkedHashSet<>();

  public Progress(LocalKube kubernetes, Installation installation, PrintWriter out) {
    this.kubernetes = kubernetes;
    this.installation = installation;
    this.out = out;
  }

  public void say(String what) {
    double seconds = (System.nanoTime() - start) / 1e9;
    out.printf(Locale.ROOT, "%7.1f s  %s%n", seconds, what);
    out.flush();
  }

  /// Waits until a condition holds, telling what changes meanwhile; false when time is up.
  public boolean await(Duration bound, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + bound.toNanos();
    try (Watch watch = kubernetes.api().changes(key -> !key.resource().startsWith("leases"))) {
      while (true) {
        tell();
        if (condition.getAsBoolean()) {
          return true;
        }
        if (System.nanoTime() >= end) {
          return false;
        }
        watch.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        while (watch.poll(0, TimeUnit.MILLISECONDS) != null) {
          // All that is known by now is told at once.
        }
      }
    }
  }

  private void tell() {
    for (ObjectNode pod : installation.operatorPods()) {
      tellPod("operator", pod);
    }
    for (ObjectNode cluster : installation.clusters()) {
      for (ObjectNode pod : installation.members(cluster)) {
        tellPod(Json.text(pod, "metadata", "name"), pod);
      }
      if (installation.settled(cluster)) {
        once(
            Json.text(cluster, "metadata", "name")
                + " is available with "
                + Json.text(cluster, "spec", "replicas")
                + " members");
      }
    }
  }

  private void tellPod(String name, ObjectNode pod) {
    String uid = Json.text(pod, "metadata", "uid");
    if (Installation.holds(pod, "Ready")) {
      once(name + " is ready", uid);
    }
    for (JsonNode each : Json.items(pod, "status", "containerStatuses")) {
      String reason = Json.text(each, "state", "waiting", "reason");
      if (!reason.isEmpty() && !reason.equals("ContainerCreating")) {
        once(name + ": " + reason + ": " + Json.text(each, "state", "waiting", "message"), uid);
      } else if (Json.has(each, "state", "running")) {
        once(name + " is starting at " + Json.text(pod, "status", "podIP"), uid);
      }
    }
  }

  private void once(String what, String... about) {
    if (told.add(what + List.of(about))) {
      say(what);
    }
  }
}
