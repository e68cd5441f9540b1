package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// A change of parts of an object.
public sealed interface Patch {

  record JsonOperations(JsonNode body) implements Patch {}

  record Merge(ObjectNode body) implements Patch {}

  record Strategic(ObjectNode body) implements Patch {}

  /// The whole of what one manager wants; creates the object when it is absent.
  record Apply(ObjectNode body, boolean force) implements Patch {}
}
