package io.kvorum.node.server.http;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Answers HTTP requests. Called on an event loop: it never blocks, and what takes time completes
/// later.
public interface HttpPages {
  /// Answers a request whose body nobody wants.
  CompletableFuture<HttpAnswer> answer(HttpCall call);

  /// Who takes the body of this request and answers it; null: nobody, and [#answer] has the answer.
  default @Nullable Talker talker(HttpCall call) {
    return null;
  }

  /// Begins to take the body of a request.
  @FunctionalInterface
  interface Talker {
    HttpTalk open(HttpReply reply);
  }
}
