package io.kvorum.localkube.api;

import io.kvorum.localkube.store.Key;

/// The object, or part of it, that a request is about.
///
/// @param subresource `status` or ""
public record Target(ResourceType type, String namespace, String name, String subresource) {

  /// In place of a subresource: the object with its status, which only this server itself writes.
  public static final String WHOLE = "*";

  Key key() {
    return new Key(type.storage(), type.namespaced() ? namespace : "", name);
  }
}
