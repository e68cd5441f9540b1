package io.kvorum.node.core.raft;

/// A message and whom it is for.
public record Envelope(MemberId to, Message message) {}
