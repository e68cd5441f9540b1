package io.kvorum.localkube.control;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.DeleteOptions;
import io.kvorum.localkube.api.Disruptions;
import io.kvorum.localkube.json.Json;
import java.time.Duration;
import java.time.Instant;

/// Small duties: disruption budgets' numbers, volumes whose protection ends, claims whose volume is
/// lost, events that are old.
final class Housekeeping implements Controller {

  /// Kubernetes keeps events for an hour, too.
  private static final Duration EVENT_LIFE = Duration.ofHours(1);

  private static final String BUDGETS = "poddisruptionbudgets.policy";
  private static final String VOLUME_PROTECTION = "kubernetes.io/pv-protection";

  private final Objects objects;

  Housekeeping(Objects objects) {
    this.objects = objects;
  }

  @Override
  public Duration reconcile() {
    objects.all(BUDGETS).forEach(this::report);
    objects.all("persistentvolumes").forEach(this::release);
    objects.all("persistentvolumeclaims").forEach(this::reportLoss);
    objects.all("events").forEach(this::expire);
    return NO_HURRY;
  }

  private void report(ObjectNode budget) {
    Disruptions.Budget now = new Disruptions(objects.api()).budget(budget);
    ObjectNode status =
        budget.get("status") instanceof ObjectNode known ? known.deepCopy() : Json.object();
    status.put("currentHealthy", now.healthy());
    status.put("desiredHealthy", now.desired());
    status.put("disruptionsAllowed", now.allowed());
    status.put("expectedPods", now.expected());
    status.put("observedGeneration", Json.number(budget, 0, "metadata", "generation"));
    boolean allowed = now.allowed() > 0;
    Objects.condition(
        status, "DisruptionAllowed", allowed, allowed ? "SufficientPods" : "InsufficientPods", "");
    objects.status(BUDGETS, budget, status);
  }

  /// A volume that is being deleted goes when no claim has it any more.
  private void release(ObjectNode volume) {
    boolean held =
        objects
            .get(
                "persistentvolumeclaims",
                Json.text(volume, "spec", "claimRef", "namespace"),
                Json.text(volume, "spec", "claimRef", "name"))
            .filter(
                claim -> Objects.uid(claim).equals(Json.text(volume, "spec", "claimRef", "uid")))
            .isPresent();
    if (Objects.ending(volume) && !held) {
      objects.removeFinalizer(objects.api().type("persistentvolumes"), volume, VOLUME_PROTECTION);
    }
  }

  private void reportLoss(ObjectNode claim) {
    String volume = Json.text(claim, "spec", "volumeName");
    boolean lost =
        !volume.isEmpty()
            && Json.text(claim, "status", "phase").equals("Bound")
            && objects.get("persistentvolumes", "", volume).isEmpty();
    if (lost) {
      objects.change(
          "persistentvolumeclaims",
          claim,
          now -> {
            Json.with(now, "status").put("phase", "Lost");
            return now;
          });
    }
  }

  private void expire(ObjectNode event) {
    String seen = Json.text(event, "lastTimestamp");
    String at = seen.isEmpty() ? Json.text(event, "metadata", "creationTimestamp") : seen;
    if (Duration.between(Instant.parse(at), Instant.now()).compareTo(EVENT_LIFE) > 0) {
      objects.delete(objects.api().type("events"), event, DeleteOptions.now(Objects.uid(event)));
    }
  }
}
