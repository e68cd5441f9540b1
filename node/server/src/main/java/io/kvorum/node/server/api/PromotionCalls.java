package io.kvorum.node.server.api;

import io.kvorum.node.core.replica.Cluster;
import java.util.concurrent.CompletableFuture;

/// The way to have the leader promote a learner: only it can judge whether the learner is ready.
public interface PromotionCalls {
  /// Fails with a [CallFailedException] when the leader refuses or can't be reached.
  CompletableFuture<Cluster> promote(long leaderId, long memberId);
}
