package io.kvorum.localkube.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;

/// One version of one object.
///
/// @param key where it is kept
/// @param version the resourceVersion of this version
/// @param object never changed once it is here: copy it before changing anything
public record Stored(Key key, long version, ObjectNode object) {

  public String uid() {
    return Json.text(object, "metadata", "uid");
  }
}
