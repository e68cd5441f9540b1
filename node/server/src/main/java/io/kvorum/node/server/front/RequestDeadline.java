package io.kvorum.node.server.front;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Closes a connection whose request does not arrive in time, however steadily its bytes trickle
/// in, and one that has been idle between requests for long.
final class RequestDeadline extends ChannelInboundHandlerAdapter {

  private final Patience patience;
  private @Nullable ScheduledFuture<?> pending;
  private boolean receiving;

  RequestDeadline(Patience patience) {
    this.patience = patience;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!receiving) {
      receiving = true;
      closeAfter(ctx, patience.requestMillis());
    }
    ctx.fireChannelRead(message);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    cancel();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    cancel();
    ctx.fireChannelInactive();
  }

  /// The rest of the body may take this long; 0 means for ever.
  void bodyWithin(ChannelHandlerContext ctx, long millis) {
    if (millis == 0) {
      cancel();
    } else {
      closeAfter(ctx, Math.min(millis, patience.bodyMillis()));
    }
  }

  /// The request is here whole; how long its answer takes is the answer's affair.
  void requestReceived() {
    receiving = true;
    cancel();
  }

  /// The answer is out: from now on the connection is idle.
  void answered(ChannelHandlerContext ctx) {
    receiving = false;
    closeAfter(ctx, patience.idleMillis());
  }

  /// What still comes is read away for a moment.
  void lingers(ChannelHandlerContext ctx) {
    receiving = true;
    closeAfter(ctx, patience.lingerMillis());
  }

  private void closeAfter(ChannelHandlerContext ctx, long millis) {
    cancel();
    pending = ctx.executor().schedule(() -> hangUp(ctx), millis, TimeUnit.MILLISECONDS);
  }

  private void cancel() {
    if (pending != null) {
      pending.cancel(false);
      pending = null;
    }
  }

  private static void hangUp(ChannelHandlerContext ctx) {
    var _ = ctx.close();
  }
}
