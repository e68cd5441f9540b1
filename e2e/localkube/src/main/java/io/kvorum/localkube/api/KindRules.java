package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.schema.FieldError;
import java.util.List;

/// What one kind of object asks for beyond its schema. Objects are changed in place, before they
/// are judged.
interface KindRules {

  /// A kind without rules of its own.
  KindRules NONE = new KindRules() {};

  default void prepareCreate(ObjectNode object) {}

  default void prepareUpdate(ObjectNode object, ObjectNode before) {}

  /// Mistakes of a new object.
  default List<FieldError> check(ObjectNode object) {
    return List.of();
  }

  /// Mistakes of a change, beyond those of the object itself.
  default List<FieldError> checkUpdate(ObjectNode object, ObjectNode before) {
    return List.of();
  }
}
