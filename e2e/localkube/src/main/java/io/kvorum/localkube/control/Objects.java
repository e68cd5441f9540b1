package io.kvorum.localkube.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.Api;
import io.kvorum.localkube.api.ApiException;
import io.kvorum.localkube.api.DeleteOptions;
import io.kvorum.localkube.api.ResourceType;
import io.kvorum.localkube.api.Target;
import io.kvorum.localkube.api.WriteOptions;
import io.kvorum.localkube.json.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// The API as controllers use it: whole objects, under one field manager. What is gone meanwhile is
/// no failure to them.
final class Objects {

  private static final WriteOptions OPTIONS = WriteOptions.of("kube-controller-manager");

  private final Api api;

  Objects(Api api) {
    this.api = api;
  }

  Api api() {
    return api;
  }

  List<ObjectNode> all(String resource) {
    return api.all(api.type(resource), "");
  }

  List<ObjectNode> in(String resource, String namespace) {
    return api.all(api.type(resource), namespace);
  }

  Optional<ObjectNode> get(String resource, String namespace, String name) {
    return api.find(new Target(api.type(resource), namespace, name, ""));
  }

  /// Creates the object; false when it was there already.
  boolean create(String resource, ObjectNode object) {
    ResourceType type = api.type(resource);
    object.put("apiVersion", type.apiVersion()).put("kind", type.kind());
    try {
      api.create(type, Json.text(object, "metadata", "namespace"), object, OPTIONS);
      return true;
    } catch (ApiException e) {
      if (e.reason().equals("AlreadyExists")) {
        return false;
      }
      throw e;
    }
  }

  /// Changes the object, status included, if it is there.
  void change(ResourceType type, ObjectNode object, UnaryOperator<ObjectNode> change) {
    String uid = Json.text(object, "metadata", "uid");
    try {
      api.rewrite(
          target(type, object),
          now -> Json.text(now, "metadata", "uid").equals(uid) ? change.apply(now) : now,
          OPTIONS);
    } catch (ApiException e) {
      if (e.code() != 404) {
        throw e;
      }
    }
  }

  void change(String resource, ObjectNode object, UnaryOperator<ObjectNode> change) {
    change(api.type(resource), object, change);
  }

  /// Sets the status, if it differs.
  void status(String resource, ObjectNode object, ObjectNode status) {
    if (!Json.same(object.get("status"), status)) {
      change(
          resource,
          object,
          now -> {
            now.set("status", status);
            return now;
          });
    }
  }

  void delete(ResourceType type, ObjectNode object, DeleteOptions.Propagation propagation) {
    var options =
        new DeleteOptions(null, propagation, Json.text(object, "metadata", "uid"), "", false);
    delete(type, object, options);
  }

  void delete(ResourceType type, ObjectNode object, DeleteOptions options) {
    try {
      api.delete(target(type, object), options);
    } catch (ApiException e) {
      if (e.code() != 404 && e.code() != 409) {
        throw e;
      }
    }
  }

  void removeFinalizer(ResourceType type, ObjectNode object, String finalizer) {
    change(
        type,
        object,
        now -> {
          List<String> rest =
              Json.texts(now, "metadata", "finalizers").stream()
                  .filter(each -> !each.equals(finalizer))
                  .toList();
          Json.with(now, "metadata").set("finalizers", Json.strings(rest));
          return now;
        });
  }

  private static Target target(ResourceType type, ObjectNode object) {
    return new Target(type, namespace(object), name(object), "");
  }

  static String name(JsonNode object) {
    return Json.text(object, "metadata", "name");
  }

  static String namespace(JsonNode object) {
    return Json.text(object, "metadata", "namespace");
  }

  static String uid(JsonNode object) {
    return Json.text(object, "metadata", "uid");
  }

  static boolean ending(JsonNode object) {
    return Json.has(object, "metadata", "deletionTimestamp");
  }

  static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /// An owner reference that makes the owner this object's controller.
  static ObjectNode controlledBy(ObjectNode owner) {
    ObjectNode reference = Json.object();
    reference.put("apiVersion", Json.text(owner, "apiVersion"));
    reference.put("kind", Json.text(owner, "kind"));
    reference.put("name", name(owner));
    reference.put("uid", uid(owner));
    reference.put("controller", true);
    reference.put("blockOwnerDeletion", true);
    return reference;
  }

  static boolean isControlledBy(ObjectNode object, ObjectNode owner) {
    return Json.items(object, "metadata", "ownerReferences").stream()
        .anyMatch(
            each -> Json.flag(each, "controller") && Json.text(each, "uid").equals(uid(owner)));
  }

  /// Sets a condition in a status; its time moves only when its value does.
  static void condition(
      ObjectNode status, String type, boolean holds, String reason, String message) {
    String value = holds ? "True" : "False";
    for (JsonNode each : Json.withArray(status, "conditions")) {
      if (Json.text(each, "type").equals(type) && each instanceof ObjectNode known) {
        if (!Json.text(known, "status").equals(value)) {
          known.put("lastTransitionTime", now());
        }
        known.put("status", value).put("reason", reason).put("message", message);
        return;
      }
    }
    Json.withArray(status, "conditions")
        .addObject()
        .put("type", type)
        .put("status", value)
        .put("lastTransitionTime", now())
        .put("reason", reason)
        .put("message", message);
  }
}
