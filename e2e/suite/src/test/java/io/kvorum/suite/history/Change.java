package io.kvorum.suite.history;

/// One event of the store's own record: `key` was set to `value` at `revision`.
record Change(long revision, String key, String value) {}
