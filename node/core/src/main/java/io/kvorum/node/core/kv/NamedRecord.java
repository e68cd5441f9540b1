package io.kvorum.node.core.kv;

/// A record that lives beside the keys, see `RecordChange`.
public record NamedRecord(Bytes name, Bytes value) {}
