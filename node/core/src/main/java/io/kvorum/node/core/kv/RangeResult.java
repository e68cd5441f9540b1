package io.kvorum.node.core.kv;

import java.util.List;

/// The answer to a `RangeQuery`. `count` is the number of keys in the range at the revision read,
/// whatever limit and filter left over.
public record RangeResult(List<KeyValue> kvs, boolean more, long count) {}
