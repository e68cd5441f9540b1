package io.kvorum.node.server.front;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Closes a connection whose request does not arrive in time, however steadily its bytes trickle
/// in, and one that has been idle between requests for long.
final class RequestDeadline extends ChannelInboundHandlerAdapter {

  private static final long REQUEST_MILLIS = 15_000;
  private static final long IDLE_MILLIS = 120_000;

  private @Nullable ScheduledFuture<?> pending;
  private boolean receiving;

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!receiving) {
      receiving = true;
      closeAfter(ctx, REQUEST_MILLIS);
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

  /// The request is here whole; how long its answer takes is the answer's affair.
  void requestReceived() {
    receiving = true;
    cancel();
  }

  /// The answer is out: from now on the connection is idle.
  void answered(ChannelHandlerContext ctx) {
    receiving = false;
    closeAfter(ctx, IDLE_MILLIS);
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
