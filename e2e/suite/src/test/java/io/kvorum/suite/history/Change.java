package io.kvorum.suite.history;

import org.jspecify.annotations.Nullable;

/// One event of the store's own record: at `revision`, `key` was set to `value`, or deleted if that
/// is null.
///
/// @param lease the lease that the value ends with, 0 for none
record Change(long revision, String key, @Nullable String value, long lease) {

  Change(long revision, String key, @Nullable String value) {
    this(revision, key, value, 0);
  }

  boolean deletes() {
    return value == null;
  }
}
