package io.kvorum.operator.plan;

/// A member by the store's own list. `health` is what it says when asked.
public record Listed(String id, String name, String peerUrl, boolean learner, Health health) {}
