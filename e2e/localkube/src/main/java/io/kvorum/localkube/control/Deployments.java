package io.kvorum.localkube.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.DeleteOptions.Propagation;
import io.kvorum.localkube.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;

/// Turns each Deployment into a ReplicaSet for each version of its template, and moves Pods from
/// the old ones to the newest without falling below what must stay available.
final class Deployments implements Controller {

  private static final String RESOURCE = "deployments.apps";
  private static final String SETS = "replicasets.apps";
  private static final String HASH = "pod-template-hash";
  private static final String REVISION = "deployment.kubernetes.io/revision";

  private final Objects objects;

  Deployments(Objects objects) {
    this.objects = objects;
  }

  @Override
  public Duration reconcile() {
    for (ObjectNode deployment : objects.all(RESOURCE)) {
      List<ObjectNode> sets = sets(deployment);
      if (!Objects.ending(deployment)) {
        roll(deployment, sets);
        sets = sets(deployment);
        forget(deployment, sets);
      }
      report(deployment, sets);
    }
    return NO_HURRY;
  }

  private List<ObjectNode> sets(ObjectNode deployment) {
    return objects.in(SETS, Objects.namespace(deployment)).stream()
        .filter(set -> Objects.isControlledBy(set, deployment))
        .sorted(Comparator.comparingLong(Deployments::revision))
        .toList();
  }

  private static long revision(ObjectNode set) {
    String text = Json.text(set, "metadata", "annotations", REVISION);
    return text.isEmpty() ? 0 : Long.parseLong(text);
  }

  /// Short and stable: the same template always has the same hash.
  private static String hash(ObjectNode deployment) {
    var crc = new CRC32C();
    String template = deployment.path("spec").path("template").toString();
    crc.update(template.getBytes(StandardCharsets.UTF_8));
    return Long.toString(crc.getValue(), 36);
  }

  private void roll(ObjectNode deployment, List<ObjectNode> sets) {
    String hash = hash(deployment);
    String name = Objects.name(deployment) + "-" + hash;
    long last = sets.isEmpty() ? 0 : revision(sets.getLast());
    ObjectNode newest =
        sets.stream().filter(set -> Objects.name(set).equals(name)).findFirst().orElse(null);
    if (newest == null) {
      objects.create(SETS, set(deployment, name, hash, last + 1));
      annotate(RESOURCE, deployment, last + 1);
      return;
    }
    if (revision(newest) < last) {
      annotate(SETS, newest, last + 1);
    }
    annotate(RESOURCE, deployment, Math.max(revision(newest), last));
    if (!Json.flag(deployment, "spec", "paused")) {
      balance(deployment, newest, sets.stream().filter(set -> !set.equals(newest)).toList());
    }
  }

  private void annotate(String resource, ObjectNode object, long revision) {
    String text = Long.toString(revision);
    if (!Json.text(object, "metadata", "annotations", REVISION).equals(text)) {
      objects.change(
          resource,
          object,
          now -> {
            Json.with(now, "metadata", "annotations").put(REVISION, text);
            return now;
          });
    }
  }

  private static ObjectNode set(ObjectNode deployment, String name, String hash, long revision) {
    ObjectNode set = Json.object();
    ObjectNode metadata = set.putObject("metadata");
    metadata.put("name", name).put("namespace", Objects.namespace(deployment));
    JsonNode template = deployment.path("spec").path("template");
    ObjectNode labels = metadata.putObject("labels");
    Json.fields(template, "metadata", "labels")
        .forEach(each -> labels.set(each.getKey(), each.getValue()));
    labels.put(HASH, hash);
    metadata.putObject("annotations").put(REVISION, Long.toString(revision));
    metadata.putArray("ownerReferences").add(Objects.controlledBy(deployment));
    ObjectNode spec = set.putObject("spec");
    spec.put("replicas", 0);
    spec.set("selector", deployment.path("spec").path("selector").deepCopy());
    Json.with(spec, "selector", "matchLabels").put(HASH, hash);
    spec.set("template", template.deepCopy());
    Json.with(spec, "template", "metadata", "labels").put(HASH, hash);
    return set;
  }

  /// One step from the old sets to the newest one.
  private void balance(ObjectNode deployment, ObjectNode newest, List<ObjectNode> old) {
    long wanted = Json.number(deployment, 1, "spec", "replicas");
    long oldTotal = old.stream().mapToLong(set -> Json.number(set, 0, "spec", "replicas")).sum();
    boolean recreate = Json.text(deployment, "spec", "strategy", "type").equals("Recreate");
    if (recreate) {
      old.forEach(set -> resize(set, 0));
      boolean gone = old.stream().allMatch(set -> Json.number(set, 0, "status", "replicas") == 0);
      resize(newest, gone ? wanted : Json.number(newest, 0, "spec", "replicas"));
      return;
    }
    long present = Json.number(newest, 0, "spec", "replicas");
    long surge = bound(deployment, "maxSurge", wanted, true);
    long missing = bound(deployment, "maxUnavailable", wanted, false);
    long room = wanted + (oldTotal == 0 ? 0 : Math.max(surge, missing == 0 ? 1 : 0)) - oldTotal;
    resize(newest, Math.clamp(Math.max(present, room), 0, wanted));
    long available = Json.number(newest, 0, "status", "availableReplicas");
    for (ObjectNode set : old) {
      available += Json.number(set, 0, "status", "availableReplicas");
    }
    long spare = available - (wanted - missing);
    for (ObjectNode set : old) {
      long size = Json.number(set, 0, "spec", "replicas");
      long idle = size - Json.number(set, 0, "status", "availableReplicas");
      long cut = Math.clamp(Math.max(0, idle) + Math.max(0, spare), 0, size);
      resize(set, size - cut);
      spare -= Math.max(0, cut - idle);
    }
  }

  private static long bound(ObjectNode deployment, String name, long whole, boolean up) {
    String text = Json.text(deployment, "spec", "strategy", "rollingUpdate", name);
    if (text.isEmpty()) {
      return 0;
    }
    if (!text.endsWith("%")) {
      return Long.parseLong(text);
    }
    long share = Long.parseLong(text.substring(0, text.length() - 1)) * whole;
    return (share + (up ? 99 : 0)) / 100;
  }

  private void resize(ObjectNode set, long replicas) {
    if (Json.number(set, 0, "spec", "replicas") != replicas) {
      objects.change(
          SETS,
          set,
          now -> {
            Json.with(now, "spec").put("replicas", replicas);
            return now;
          });
    }
  }

  /// Old sets without Pods beyond the history's limit go.
  private void forget(ObjectNode deployment, List<ObjectNode> sets) {
    long kept = Json.number(deployment, 10, "spec", "revisionHistoryLimit");
    List<ObjectNode> empty =
        sets.stream()
            .limit(Math.max(0, sets.size() - 1))
            .filter(set ->
                Json.number(set, 0, "spec", "replicas") == 0
                    && Json.number(set, 0, "status", "replicas") == 0)
            .toList();
    empty.stream()
        .limit(Math.max(0, empty.size() - kept))
        .forEach(set -> objects.delete(objects.api().type(SETS), set, Propagation.BACKGROUND));
  }

  private void report(ObjectNode deployment, List<ObjectNode> sets) {
    String newest = Objects.name(deployment) + "-" + hash(deployment);
    long wanted = Json.number(deployment, 1, "spec", "replicas");
    long total = 0;
    long ready = 0;
    long updated = 0;
    for (ObjectNode set : sets) {
      long replicas = Json.number(set, 0, "status", "replicas");
      total += replicas;
      ready += Json.number(set, 0, "status", "readyReplicas");
      updated += Objects.name(set).equals(newest) ? replicas : 0;
    }
    ObjectNode status =
        deployment.get("status") instanceof ObjectNode known ? known.deepCopy() : Json.object();
    status.put("observedGeneration", Json.number(deployment, 0, "metadata", "generation"));
    count(status, "replicas", total);
    count(status, "updatedReplicas", updated);
    count(status, "readyReplicas", ready);
    count(status, "availableReplicas", ready);
    count(status, "unavailableReplicas", Math.max(0, wanted - ready));
    long least = wanted - bound(deployment, "maxUnavailable", wanted, false);
    boolean available = ready >= least;
    Objects.condition(
        status,
        "Available",
        available,
        available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
        "Deployment " + (available ? "has" : "does not have") + " minimum availability.");
    boolean complete = updated == wanted && total == wanted && ready == wanted;
    Objects.condition(
        status,
        "Progressing",
        true,
        complete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
        "ReplicaSet \""
            + newest
            + (complete ? "\" has successfully progressed." : "\" is progressing."));
    objects.status(RESOURCE, deployment, status);
  }

  /// Counters of zero are left out, as Kubernetes does.
  private static void count(ObjectNode status, String name, long value) {
    if (value == 0) {
      status.remove(name);
    } else {
      status.put(name, value);
    }
  }
}
