package io.kvorum.node.core.kv;

import org.jspecify.annotations.Nullable;

/// Sets or, without a value, removes one of the small named records that live beside the keys:
/// members, cluster version and the like. Their meaning belongs to the replica.
public record RecordChange(Bytes name, @Nullable Bytes value) {}
