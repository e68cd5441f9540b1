package io.kvorum.node.core.replica;

/// Who waits for an answer; the replica only carries it.
public interface Caller {}
