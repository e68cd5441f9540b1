package io.kvorum.node.server.v2;

import io.kvorum.node.core.kv.V2Command;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.stage.PendingCall;
import io.netty.util.concurrent.EventExecutor;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// The leader's clock for nodes that expire: proposes the end of what is due. On the agreement
/// loop.
final class Expiry {

  private static final long LOOK_MILLIS = 500;

  private final Backend backend;
  private final LongSupplier nanosNow;
  private boolean proposed;

  /// @param nanosNow since 1970
  Expiry(Backend backend, LongSupplier nanosNow) {
    this.backend = backend;
    this.nanosNow = nanosNow;
  }

  void start(EventExecutor loop) {
    var _ =
        loop.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    if (proposed || backend.leader().memberId() != backend.memberId()) {
      return;
    }
    OptionalLong next;
    try (View view = backend.retainView()) {
      next = view.v2().nextExpiration();
    }
    long now = nanosNow.getAsLong();
    if (next.isEmpty() || next.getAsLong() > now) {
      return;
    }
    proposed = true;
    backend.propose(
        new V2Command.Expire(now),
        new PendingCall() {
          @Override
          protected void answered(Answer answer) {
            proposed = false;
          }
        });
  }
}
