package io.kvorum.localkube.store;

import org.jspecify.annotations.Nullable;

/// One change of one object, in the order of versions.
///
/// @param version the version the store had afterwards
/// @param before the object before, or null when it was created
/// @param after the object after, or null when it was deleted
public record Change(long version, @Nullable Stored before, @Nullable Stored after) {

  public Key key() {
    Stored either = after != null ? after : before;
    if (either == null) {
      throw new IllegalStateException("a change of nothing");
    }
    return either.key();
  }
}
