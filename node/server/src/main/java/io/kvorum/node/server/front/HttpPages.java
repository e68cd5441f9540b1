package io.kvorum.node.server.front;

import java.util.concurrent.CompletableFuture;

/// Answers HTTP requests. Called on an event loop: it never blocks, and what takes time completes
/// later.
@FunctionalInterface
interface HttpPages {
  CompletableFuture<HttpAnswer> answer(HttpCall call);
}
