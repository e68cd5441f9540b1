package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.cel.CelRules;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.FieldError;
import io.kvorum.localkube.schema.Validation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Judges whole objects: metadata, schema, CEL, and the rules of the kind.
final class Validator {

  private Validator() {}

  /// Throws when the object, or its change, is not allowed; `before` is null for a new object.
  static void check(
      ObjectNode object, @Nullable ObjectNode before, ResourceType type, KindRules rules) {
    var errors = new ArrayList<FieldError>(Metadata.check(object, type));
    errors.addAll(Validation.check(object, type.schema(), ""));
    if (errors.isEmpty()) {
      errors.addAll(rules.check(object));
      errors.addAll(expressions(object, before, type));
    }
    if (before != null) {
      errors.addAll(newFinalizers(object, before));
      errors.addAll(rules.checkUpdate(object, before));
    }
    if (!errors.isEmpty()) {
      throw ApiException.invalid(type, Json.text(object, "metadata", "name"), errors);
    }
  }

  private static List<FieldError> expressions(
      ObjectNode object, @Nullable ObjectNode before, ResourceType type) {
    Optional<CelRules> rules =
        type.custom() == null ? Optional.empty() : type.custom().rules().get();
    return rules.map(cel -> cel.check(object, before)).orElse(List.of());
  }

  private static List<FieldError> newFinalizers(ObjectNode object, ObjectNode before) {
    if (!Json.has(before, "metadata", "deletionTimestamp")) {
      return List.of();
    }
    var added = new ArrayList<>(Json.texts(object, "metadata", "finalizers"));
    added.removeAll(Json.texts(before, "metadata", "finalizers"));
    return added.isEmpty()
        ? List.of()
        : List.of(
            FieldError.forbidden(
                "metadata.finalizers",
                "no new finalizers can be added if the object is being deleted, found new"
                    + " finalizers "
                    + added));
  }
}
