package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;

/// When an object that is being deleted is gone.
final class Finality {

  private Finality() {}

  /// True when a deleted object has nobody left to wait for: no finalizer, no grace.
  static boolean finished(ObjectNode object) {
    return Json.has(object, "metadata", "deletionTimestamp")
        && Json.texts(object, "metadata", "finalizers").isEmpty()
        && (!isNamespace(object) || Json.texts(object, "spec", "finalizers").isEmpty())
        && Json.number(object, 0, "metadata", "deletionGracePeriodSeconds") == 0;
  }

  private static boolean isNamespace(ObjectNode object) {
    return Json.text(object, "kind").equals("Namespace");
  }
}
