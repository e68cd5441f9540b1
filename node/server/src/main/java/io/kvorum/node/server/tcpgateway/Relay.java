package io.kvorum.node.server.tcpgateway;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// One direction of a connection. What has come is written to the other side, and more is read when
/// that side has room. An end of what comes is passed on as such: the other direction goes on.
///
/// It is there before the other side is: netty reads what stands before an end even of a connection
/// that nobody reads from. That is kept.
final class Relay extends ChannelInboundHandlerAdapter {

  private final ArrayDeque<Object> kept = new ArrayDeque<>();
  private @Nullable DuplexChannel other;
  private boolean ended;

  /// Lets bytes go to the other side from now on; on the event loop of both.
  void join(DuplexChannel side, DuplexChannel own) {
    other = side;
    while (!kept.isEmpty()) {
      var _ = side.write(kept.remove());
    }
    side.flush();
    if (ended) {
      passEnd(side);
    } else {
      own.read();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object bytes) {
    if (other == null) {
      kept.add(bytes);
    } else {
      var _ = other.write(bytes);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (other != null) {
      other.flush();
      if (other.isWritable()) {
        ctx.read();
      }
    }
  }

  /// The other direction's bytes wait here no longer.
  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable() && other != null) {
      other.read();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      ended = true;
      if (other != null) {
        passEnd(other);
      }
    }
  }

  /// Behind what has been written: the last bytes reach the other side before the end does.
  private static void passEnd(DuplexChannel side) {
    side.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> shutdownOutput(side));
  }

  private static void shutdownOutput(DuplexChannel side) {
    var _ = side.shutdownOutput();
    if (side.isInputShutdown()) {
      var _ = side.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (other != null) {
      closeBehindAll(other);
    }
  }

  /// What was written before is still sent.
  private static void closeBehindAll(DuplexChannel side) {
    side.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> close(side));
  }

  private static void close(DuplexChannel side) {
    var _ = side.close();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    kept.forEach(ReferenceCountUtil::release);
    kept.clear();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // A reset of one side ends the other one.
    var _ = ctx.close();
    if (other != null) {
      close(other);
    }
  }
}
