package io.kvorum.localkube.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.util.List;
import java.util.function.UnaryOperator;

/// Turns claims into volumes that are folders, and takes them back.
///
/// A volume is made when the first Pod that uses the claim has a node, and belongs to that node, as
/// disks of a real node do. A claim in use is protected from deletion until no Pod needs it.
final class Provisioner {

  private static final String PROTECTION = "kubernetes.io/pvc-protection";
  private static final String CLASS = "local";

  private final Cluster cluster;
  private final Volumes volumes;

  Provisioner(Cluster cluster, Volumes volumes) {
    this.cluster = cluster;
    this.volumes = volumes;
  }

  /// The node a volume belongs to, "" for none.
  static String nodeOf(ObjectNode volume) {
    for (JsonNode term :
        Json.items(volume, "spec", "nodeAffinity", "required", "nodeSelectorTerms")) {
      for (JsonNode expression : Json.items(term, "matchExpressions")) {
        return Json.texts(expression, "values").getFirst();
      }
    }
    return "";
  }

  /// Looks at all claims and volumes once.
  void reconcile(List<ObjectNode> claims, List<ObjectNode> volumeObjects, List<ObjectNode> pods) {
    for (ObjectNode claim : claims) {
      if (Json.has(claim, "metadata", "deletionTimestamp")) {
        maybeRelease(claim, pods);
      } else if (Json.text(claim, "status", "phase").equals("Bound")) {
        protect(claim);
        maybeGrow(claim, volumeObjects);
      } else if (!Json.text(claim, "status", "phase").equals("Lost")) {
        maybeBind(claim, pods);
      }
    }
    for (ObjectNode volume : volumeObjects) {
      maybeReclaim(volume, claims);
    }
  }

  private static boolean uses(ObjectNode pod, ObjectNode claim) {
    String name = Json.text(claim, "metadata", "name");
    return Json.text(pod, "metadata", "namespace").equals(Json.text(claim, "metadata", "namespace"))
        && Json.items(pod, "spec", "volumes").stream()
            .anyMatch(each -> Json.text(each, "persistentVolumeClaim", "claimName").equals(name));
  }

  private void maybeBind(ObjectNode claim, List<ObjectNode> pods) {
    pods.stream()
        .filter(pod -> uses(pod, claim) && !Json.text(pod, "spec", "nodeName").isEmpty())
        .findFirst()
        .ifPresent(pod -> bind(claim, Json.text(pod, "spec", "nodeName")));
  }

  private void bind(ObjectNode claim, String node) {
    String name = "pvc-" + Json.text(claim, "metadata", "uid");
    cluster.create("persistentvolumes", volume(name, claim, node));
    updateClaim(
        claim,
        next -> {
          Json.with(next, "spec").put("volumeName", name);
          ObjectNode status = Json.with(next, "status");
          status.put("phase", "Bound");
          status.putArray("accessModes").add("ReadWriteOnce");
          JsonNode size = Json.at(next, "spec", "resources", "requests", "storage");
          if (size != null) {
            Json.with(status, "capacity").set("storage", size);
          }
          return next;
        });
    cluster.event(claim, "Normal", "ProvisioningSucceeded", "Provisioned the folder " + name);
  }

  /// A folder has no size of its own: what a claim asks for, it gets.
  private void maybeGrow(ObjectNode claim, List<ObjectNode> volumeObjects) {
    JsonNode wanted = Json.at(claim, "spec", "resources", "requests", "storage");
    if (wanted == null || Json.same(wanted, Json.at(claim, "status", "capacity", "storage"))) {
      return;
    }
    String name = Json.text(claim, "spec", "volumeName");
    for (ObjectNode volume : volumeObjects) {
      if (Json.text(volume, "metadata", "name").equals(name)) {
        cluster.update(
            "persistentvolumes",
            "",
            name,
            next -> {
              Json.with(next, "spec", "capacity").set("storage", wanted);
              return next;
            });
      }
    }
    updateClaim(
        claim,
        next -> {
          Json.with(next, "status", "capacity").set("storage", wanted);
          return next;
        });
  }

  private ObjectNode volume(String name, ObjectNode claim, String node) {
    ObjectNode volume = Json.object();
    volume.put("apiVersion", "v1").put("kind", "PersistentVolume");
    volume.putObject("metadata").put("name", name);
    ObjectNode spec = volume.putObject("spec");
    JsonNode size = Json.at(claim, "spec", "resources", "requests", "storage");
    Json.with(spec, "capacity").put("storage", size == null ? "1Gi" : size.asText());
    spec.putArray("accessModes").add("ReadWriteOnce");
    String stated = Json.text(claim, "spec", "storageClassName");
    String wanted = stated.isEmpty() ? CLASS : stated;
    String policy =
        cluster
            .get("storageclasses.storage.k8s.io", "", wanted)
            .map(found -> Json.text(found, "reclaimPolicy"))
            .orElse("Delete");
    spec.put("persistentVolumeReclaimPolicy", policy);
    spec.put("storageClassName", wanted);
    spec.put("volumeMode", "Filesystem");
    Json.with(spec, "local").put("path", volumes.claim(name).toString());
    ObjectNode reference = spec.putObject("claimRef");
    reference.put("apiVersion", "v1").put("kind", "PersistentVolumeClaim");
    for (String field : List.of("name", "namespace", "uid")) {
      reference.put(field, Json.text(claim, "metadata", field));
    }
    ObjectNode term =
        Json.with(spec, "nodeAffinity", "required").putArray("nodeSelectorTerms").addObject();
    ObjectNode expression = term.putArray("matchExpressions").addObject();
    expression.put("key", "kubernetes.io/hostname").put("operator", "In");
    expression.putArray("values").add(node);
    volume.putObject("status").put("phase", "Bound");
    return volume;
  }

  private void protect(ObjectNode claim) {
    if (!Json.texts(claim, "metadata", "finalizers").contains(PROTECTION)) {
      updateClaim(
          claim,
          next -> {
            Json.withArray(Json.with(next, "metadata"), "finalizers").add(PROTECTION);
            return next;
          });
    }
  }

  /// Pods that wait for a node don't hold a claim that is being deleted.
  private void maybeRelease(ObjectNode claim, List<ObjectNode> pods) {
    boolean used =
        pods.stream()
            .anyMatch(pod ->
                uses(pod, claim)
                    && !PodStatus.isOver(pod)
                    && !Json.text(pod, "spec", "nodeName").isEmpty());
    List<String> finalizers = Json.texts(claim, "metadata", "finalizers");
    if (used) {
      return;
    }
    if (finalizers.contains(PROTECTION)) {
      updateClaim(
          claim,
          next -> {
            Json.with(next, "metadata")
                .set(
                    "finalizers",
                    Json.strings(
                        Json.texts(next, "metadata", "finalizers").stream()
                            .filter(each -> !each.equals(PROTECTION))
                            .toList()));
            return next;
          });
    } else if (finalizers.isEmpty()) {
      cluster.remove(
          "persistentvolumeclaims",
          Json.text(claim, "metadata", "namespace"),
          Json.text(claim, "metadata", "name"),
          Json.text(claim, "metadata", "uid"));
    }
  }

  private void updateClaim(ObjectNode claim, UnaryOperator<ObjectNode> change) {
    cluster.update(
        "persistentvolumeclaims",
        Json.text(claim, "metadata", "namespace"),
        Json.text(claim, "metadata", "name"),
        next ->
            Json.text(next, "metadata", "uid").equals(Json.text(claim, "metadata", "uid"))
                ? change.apply(next)
                : next);
  }

  private void maybeReclaim(ObjectNode volume, List<ObjectNode> claims) {
    String claimUid = Json.text(volume, "spec", "claimRef", "uid");
    boolean claimed =
        claims.stream().anyMatch(claim -> Json.text(claim, "metadata", "uid").equals(claimUid));
    if (claimed) {
      return;
    }
    String name = Json.text(volume, "metadata", "name");
    if (Json.text(volume, "spec", "persistentVolumeReclaimPolicy").equals("Retain")) {
      cluster.update(
          "persistentvolumes",
          "",
          name,
          next -> {
            Json.with(next, "status").put("phase", "Released");
            return next;
          });
    } else {
      Volumes.delete(volumes.claim(name));
      cluster.remove("persistentvolumes", "", name, Json.text(volume, "metadata", "uid"));
    }
  }
}
