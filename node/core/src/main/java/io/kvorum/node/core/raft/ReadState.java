package io.kvorum.node.core.raft;

/// The answer to a read index request: state that has applied `index` reflects everything that was
/// acknowledged anywhere before the request was made.
///
/// @param term the term whose leader confirmed it
public record ReadState(long contextId, long index, long term) {}
