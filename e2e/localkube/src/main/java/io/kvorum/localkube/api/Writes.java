package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.patch.JsonPatch;
import io.kvorum.localkube.patch.ManagedFields;
import io.kvorum.localkube.patch.ManagedFields.Applied;
import io.kvorum.localkube.patch.ManagedFields.Manager;
import io.kvorum.localkube.patch.MergePatch;
import io.kvorum.localkube.patch.PatchException;
import io.kvorum.localkube.patch.StrategicPatch;
import io.kvorum.localkube.schema.Defaulting;
import io.kvorum.localkube.schema.FieldError;
import io.kvorum.localkube.schema.Pruning;
import io.kvorum.localkube.store.Key;
import io.kvorum.localkube.store.ObjectStore;
import io.kvorum.localkube.store.Outcome;
import io.kvorum.localkube.store.Stored;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Creating and changing objects: every write, from outside or from a controller, goes this way.
///
/// 1. decode and prune; 2. merge with the live object as the kind of write asks; 3. restore what
///    this write may not touch; 4. defaults and the kind's preparation; 5. judge; 6. record owners;
/// 7. store, or remove when it was the last finalizer. A write that changes nothing stores nothing.
final class Writes {

  /// Patches are computed again when somebody else was faster.
  private static final int MAX_ATTEMPTS = 8;

  private static final String MODIFIED =
      "the object has been modified; please apply your changes to the latest version and try"
          + " again";

  private final ObjectStore store;
  private final Rules rules;

  Writes(ObjectStore store, Rules rules) {
    this.store = store;
    this.rules = rules;
  }

  // ---- create ----

  ObjectNode create(ResourceType type, String namespace, ObjectNode body, WriteOptions options) {
    ObjectNode object = decode(body, type, options);
    if (Json.has(object, "metadata", "resourceVersion")) {
      throw ApiException.badRequest("resourceVersion should not be set on objects to be created");
    }
    checkNamespace(object, namespace);
    return insert(object, type, namespace, options, null);
  }

  /// Stores a new object; `applied` is its manager when it came by an apply.
  private ObjectNode insert(
      ObjectNode object,
      ResourceType type,
      String namespace,
      WriteOptions options,
      @Nullable Manager applied) {
    KindRules kind = rules.of(type);
    if (type.hasStatus()) {
      object.remove("status");
    }
    Metadata.prepareCreate(object, type, namespace);
    rules.checkNamespaceAccepts(type, namespace);
    Conversion.keep(object, type, type.storedVersion());
    Defaulting.fill(object, type.schema());
    kind.prepareCreate(object);
    Validator.check(object, null, type, kind);
    if (applied == null) {
      ManagedFields.recordUpdate(null, object, type.schema(), manager(type, "", options));
    }
    String name = Json.text(object, "metadata", "name");
    var key = new Key(type.storage(), type.namespaced() ? namespace : "", name);
    if (options.dryRun()) {
      if (store.get(key).isPresent()) {
        throw ApiException.alreadyExists(type, name);
      }
      return object;
    }
    return switch (store.create(key, object)) {
      case Outcome.Done done -> {
        rules.created(type, done.stored().object());
        yield done.stored().object();
      }
      case Outcome.Stale _ -> throw ApiException.alreadyExists(type, name);
    };
  }

  // ---- update ----

  ObjectNode update(Target target, ObjectNode body, WriteOptions options) {
    ObjectNode object = decode(body, target.type(), options);
    String name = Json.text(object, "metadata", "name");
    if (!name.equals(target.name())) {
      throw ApiException.badRequest(
          "the name of the object ("
              + name
              + ") does not match the name on the URL ("
              + target.name()
              + ")");
    }
    checkNamespace(object, target.namespace());
    boolean versioned = Json.has(object, "metadata", "resourceVersion");
    if (!versioned && rules.wantsVersion(target.type())) {
      throw ApiException.invalid(
          target.type(),
          target.name(),
          List.of(
              new FieldError(
                  "metadata.resourceVersion",
                  FieldError.Kind.INVALID,
                  "Invalid value: 0x0: must be specified for an update")));
    }
    return retrying(
        target,
        versioned ? 1 : MAX_ATTEMPTS,
        live -> {
          checkPreconditions(object, live, target);
          ObjectNode copy = object.deepCopy();
          return replace(
              target,
              live,
              Conversion.keep(copy, target.type(), target.type().storedVersion()),
              options,
              false);
        });
  }

  /// Changes an object by a function of its present state; for controllers.
  ObjectNode modify(Target target, UnaryOperator<ObjectNode> change, WriteOptions options) {
    return retrying(
        target,
        MAX_ATTEMPTS,
        live -> replace(target, live, change.apply(live.object().deepCopy()), options, false));
  }

  // ---- patch ----

  ObjectNode patch(Target target, Patch patch, WriteOptions options) {
    if (patch instanceof Patch.Apply apply) {
      return apply(target, apply, options);
    }
    return retrying(
        target,
        MAX_ATTEMPTS,
        live -> {
          ObjectNode shown = Conversion.show(live.object(), target.type());
          ObjectNode body = decode(patched(shown, patch, target), target.type(), options);
          checkPreconditions(body, live, target);
          Conversion.keep(body, target.type(), target.type().storedVersion());
          return replace(target, live, body, options, false);
        });
  }

  private static ObjectNode patched(ObjectNode live, Patch patch, Target target) {
    try {
      JsonNode result =
          switch (patch) {
            case Patch.JsonOperations operations -> JsonPatch.apply(live, operations.body());
            case Patch.Merge merge -> MergePatch.apply(live, merge.body());
            case Patch.Strategic strategic -> {
              if (target.type().custom() != null) {
                throw ApiException.unsupportedMediaType(
                    "application/strategic-merge-patch+json for a custom resource");
              }
              yield StrategicPatch.apply(live, strategic.body(), target.type().schema());
            }
            case Patch.Apply _ -> throw new IllegalStateException("an apply is merged elsewhere");
          };
      if (result instanceof ObjectNode object) {
        return object;
      }
      throw new PatchException("the patched document is no object");
    } catch (PatchException e) {
      throw ApiException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private ObjectNode apply(Target target, Patch.Apply apply, WriteOptions options) {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      ObjectNode applied = decode(apply.body().deepCopy(), target.type(), options);
      Json.with(applied, "metadata").put("name", target.name());
      if (target.type().namespaced()) {
        checkNamespace(applied, target.namespace());
        Json.with(applied, "metadata").put("namespace", target.namespace());
      }
      Conversion.keep(applied, target.type(), target.type().storedVersion());
      Optional<Stored> live = store.get(target.key());
      Optional<ObjectNode> done =
          live.isPresent()
              ? applyOn(live.get(), target, applied, apply.force(), options)
              : Optional.of(applyNew(target, applied, apply.force(), options));
      if (done.isPresent()) {
        return done.get();
      }
    }
    throw ApiException.conflict(target.type(), target.name(), MODIFIED);
  }

  private ObjectNode applyNew(
      Target target, ObjectNode applied, boolean force, WriteOptions options) {
    if (!target.subresource().isEmpty()) {
      throw ApiException.notFound(target.type(), target.name());
    }
    if (Json.has(applied, "metadata", "uid")) {
      throw ApiException.conflict(
          target.type(), target.name(), "uid mismatch: the object does not exist");
    }
    Manager manager = manager(target.type(), "", options);
    ObjectNode object = merged(null, target, applied, manager, force);
    return insert(object, target.type(), target.namespace(), options, manager);
  }

  private Optional<ObjectNode> applyOn(
      Stored live, Target target, ObjectNode applied, boolean force, WriteOptions options) {
    checkPreconditions(applied, live, target);
    Manager manager = manager(target.type(), target.subresource(), options);
    ObjectNode object = merged(live.object(), target, applied, manager, force);
    return replace(target, live, object, options, true);
  }

  private static ObjectNode merged(
      @Nullable ObjectNode live,
      Target target,
      ObjectNode applied,
      Manager manager,
      boolean force) {
    Applied result = ManagedFields.apply(live, applied, target.type().schema(), manager, force);
    return switch (result) {
      case Applied.Merged merged -> merged.object();
      case Applied.Conflicts conflicts ->
          throw ApiException.applyConflict(
              conflicts.conflicts().stream()
                  .map(each -> new String[] {each.message(), each.field()})
                  .toList());
    };
  }

  // ---- the common way ----

  /// One attempt to change a live object; empty when somebody else was faster.
  private interface Attempt {
    Optional<ObjectNode> on(Stored live);
  }

  private ObjectNode retrying(Target target, int attempts, Attempt attempt) {
    for (int i = 0; i < attempts; i++) {
      Stored live =
          store
              .get(target.key())
              .orElseThrow(() -> ApiException.notFound(target.type(), target.name()));
      Optional<ObjectNode> done = attempt.on(live);
      if (done.isPresent()) {
        return done.get();
      }
    }
    throw ApiException.conflict(target.type(), target.name(), MODIFIED);
  }

  private Optional<ObjectNode> replace(
      Target target, Stored live, ObjectNode object, WriteOptions options, boolean applied) {
    ResourceType type = target.type();
    KindRules kind = rules.of(type);
    ObjectNode before = live.object();
    ObjectNode after = narrowed(object, before, target);
    Metadata.prepareUpdate(after, before);
    Defaulting.fill(after, type.schema());
    if (target.subresource().isEmpty()) {
      kind.prepareUpdate(after, before);
    }
    count(after, before, type);
    if (!applied) {
      boolean whole = target.subresource().equals(Target.WHOLE);
      Manager manager = manager(type, whole ? "" : target.subresource(), options);
      ManagedFields.recordUpdate(before, after, type.schema(), manager);
    }
    if (Json.same(before, after)) {
      return Optional.of(before);
    }
    Validator.check(after, before, type, target.subresource().isEmpty() ? kind : KindRules.NONE);
    if (options.dryRun()) {
      return Optional.of(after);
    }
    boolean last = Finality.finished(after);
    Outcome outcome =
        last
            ? store.delete(live.key(), live.version())
            : store.replace(live.key(), live.version(), after);
    return switch (outcome) {
      case Outcome.Done done -> {
        rules.changed(type);
        yield Optional.of(last ? after : done.stored().object());
      }
      case Outcome.Stale _ -> Optional.empty();
    };
  }

  /// A write of `status` changes only that, a write of the object everything else.
  private static ObjectNode narrowed(ObjectNode object, ObjectNode before, Target target) {
    if (target.subresource().equals(Target.WHOLE)) {
      return object;
    }
    if (target.subresource().equals("status")) {
      ObjectNode result = before.deepCopy();
      copy(object, result, "status");
      JsonNode owners = object.path("metadata").get("managedFields");
      if (owners != null) {
        Json.with(result, "metadata").set("managedFields", owners);
      }
      return result;
    }
    if (target.type().hasStatus()) {
      copy(before, object, "status");
    }
    return object;
  }

  private static void copy(ObjectNode from, ObjectNode to, String field) {
    JsonNode value = from.get(field);
    if (value == null) {
      to.remove(field);
    } else {
      to.set(field, value.deepCopy());
    }
  }

  /// The generation counts changes of what a user wants: all but metadata and status.
  private static void count(ObjectNode after, ObjectNode before, ResourceType type) {
    if (!type.counted()) {
      return;
    }
    ObjectNode a = after.deepCopy();
    ObjectNode b = before.deepCopy();
    List<String> ignored = type.hasStatus() ? List.of("metadata", "status") : List.of("metadata");
    a.remove(ignored);
    b.remove(ignored);
    if (!Json.same(a, b)) {
      long generation = Json.number(before, 0, "metadata", "generation");
      Json.with(after, "metadata").put("generation", generation + 1);
    }
  }

  /// The body as an object of this type; unknown fields are cut, named, or refused.
  private static ObjectNode decode(ObjectNode body, ResourceType type, WriteOptions options) {
    ObjectNode object = body;
    String kind = Json.text(object, "kind");
    String version = Json.text(object, "apiVersion");
    if ((!kind.isEmpty() && !kind.equals(type.kind()))
        || (!version.isEmpty() && !version.equals(type.apiVersion()))) {
      throw ApiException.badRequest(
          "the object provided is "
              + version
              + " "
              + kind
              + ", but this request is about "
              + type.apiVersion()
              + " "
              + type.kind());
    }
    object.put("kind", type.kind());
    object.put("apiVersion", type.apiVersion());
    if (!(object.get("metadata") instanceof ObjectNode)) {
      object.putObject("metadata");
    }
    if (type.custom() == null) {
      Json.dropNulls(object);
    }
    List<String> unknown = Pruning.prune(object, type.schema());
    switch (options.unknownFields()) {
      case IGNORE -> {}
      case WARN -> unknown.forEach(path -> options.warnings().accept(unknownField(path)));
      case STRICT -> {
        if (!unknown.isEmpty()) {
          List<String> all = unknown.stream().map(Writes::unknownField).toList();
          throw ApiException.badRequest(
              type.kind()
                  + " in version \""
                  + type.version()
                  + "\" cannot be handled as a "
                  + type.kind()
                  + ": strict decoding error: "
                  + String.join(", ", all));
        }
      }
    }
    return object;
  }

  private static String unknownField(String path) {
    return "unknown field \"" + path + "\"";
  }

  private static void checkNamespace(ObjectNode object, String namespace) {
    String stated = Json.text(object, "metadata", "namespace");
    if (!stated.isEmpty() && !stated.equals(namespace)) {
      throw ApiException.badRequest(
          "the namespace of the provided object does not match the namespace sent on the request");
    }
  }

  /// The version and identity a client expects, if it says so.
  private static void checkPreconditions(ObjectNode body, Stored live, Target target) {
    String uid = Json.text(body, "metadata", "uid");
    if (!uid.isEmpty() && !uid.equals(live.uid())) {
      throw ApiException.conflict(
          target.type(),
          target.name(),
          "Precondition failed: UID in precondition: "
              + uid
              + ", UID in object meta: "
              + live.uid());
    }
    String version = Json.text(body, "metadata", "resourceVersion");
    if (!version.isEmpty() && !version.equals(Long.toString(live.version()))) {
      throw ApiException.conflict(target.type(), target.name(), MODIFIED);
    }
  }

  private static Manager manager(ResourceType type, String subresource, WriteOptions options) {
    return new Manager(options.manager(), type.apiVersion(), subresource, Metadata.now());
  }
}
