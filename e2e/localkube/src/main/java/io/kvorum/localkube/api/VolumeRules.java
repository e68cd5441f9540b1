package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.FieldError;
import io.kvorum.localkube.schema.Quantity;
import io.kvorum.localkube.store.ObjectStore;
import io.kvorum.localkube.store.Stored;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Claims and volumes.
final class VolumeRules {

  private static final String IMMUTABLE =
      "spec is immutable after creation except resources.requests and volumeAttributesClassName"
          + " for bound claims";

  private VolumeRules() {}

  /// Claims: the default class, protection while in use, and a spec that only grows.
  static final class Claims implements KindRules {

    private final ObjectStore store;

    Claims(ObjectStore store) {
      this.store = store;
    }

    @Override
    public void prepareCreate(ObjectNode claim) {
      ObjectNode spec = Json.with(claim, "spec");
      if (!spec.has("storageClassName")) {
        defaultClass().ifPresent(name -> spec.put("storageClassName", name));
      }
      protect(claim, "kubernetes.io/pvc-protection");
      claim.putObject("status").put("phase", "Pending");
    }

    private Optional<String> defaultClass() {
      return store.list("storageclasses.storage.k8s.io", "").items().stream()
          .filter(each ->
              Json.text(
                      each.object(),
                      "metadata",
                      "annotations",
                      "storageclass.kubernetes.io/is-default-class")
                  .equals("true"))
          .map(each -> each.key().name())
          .findFirst();
    }

    @Override
    public List<FieldError> check(ObjectNode claim) {
      var errors = new ArrayList<FieldError>();
      if (Json.items(claim, "spec", "accessModes").isEmpty()) {
        errors.add(FieldError.required("spec.accessModes", "at least 1 access mode is required"));
      }
      if (size(claim).isEmpty()) {
        errors.add(FieldError.required("spec.resources[storage]", ""));
      }
      return errors;
    }

    @Override
    public List<FieldError> checkUpdate(ObjectNode claim, ObjectNode before) {
      Optional<Quantity> now = size(claim);
      Optional<Quantity> then = size(before);
      if (now.isPresent() && then.isPresent()) {
        int change = now.get().compareTo(then.get());
        if (change < 0) {
          return List.of(
              FieldError.forbidden(
                  "spec.resources.requests.storage", "field can not be less than status.capacity"));
        }
        if (change > 0 && !expandable(claim)) {
          return List.of(
              FieldError.forbidden(
                  "spec.resources.requests.storage",
                  "only dynamically provisioned pvc can be resized and the storageclass that"
                      + " provisions the pvc must support resize"));
        }
      }
      return Json.same(frozen(claim), frozen(before))
          ? List.of()
          : List.of(FieldError.forbidden("spec", IMMUTABLE));
    }

    private boolean expandable(ObjectNode claim) {
      String name = Json.text(claim, "spec", "storageClassName");
      return store.list("storageclasses.storage.k8s.io", "").items().stream()
          .filter(each -> each.key().name().equals(name))
          .map(Stored::object)
          .anyMatch(each -> Json.flag(each, "allowVolumeExpansion"));
    }

    /// A claim may be given its volume, and may grow.
    private static ObjectNode frozen(ObjectNode claim) {
      ObjectNode spec = Json.with(claim.deepCopy(), "spec");
      spec.remove(List.of("resources", "volumeName"));
      return spec;
    }

    private static Optional<Quantity> size(JsonNode claim) {
      return Quantity.parse(Json.text(claim, "spec", "resources", "requests", "storage"));
    }
  }

  /// Volumes: available until a claim has them.
  static final class Volumes implements KindRules {

    @Override
    public void prepareCreate(ObjectNode volume) {
      protect(volume, "kubernetes.io/pv-protection");
      volume.putObject("status").put("phase", "Available");
    }
  }

  private static void protect(ObjectNode object, String finalizer) {
    ObjectNode metadata = Json.with(object, "metadata");
    if (!Json.texts(metadata, "finalizers").contains(finalizer)) {
      Json.withArray(metadata, "finalizers").add(finalizer);
    }
  }
}
