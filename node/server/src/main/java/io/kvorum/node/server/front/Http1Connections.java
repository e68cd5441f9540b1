package io.kvorum.node.server.front;

import io.kvorum.node.server.http.HttpPages;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.concurrent.TimeUnit;

/// The connections that speak HTTP/1.1, and what they may cost.
final class Http1Connections {

  /// The longest request line: keys travel in bodies, not in URLs.
  private static final int MAX_LINE_BYTES = 8 * 1024;

  /// All headers of a request together, as Go's and other servers bound them.
  private static final int MAX_HEADER_BYTES = 16 * 1024;

  private final Patience patience;
  private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);

  private volatile boolean draining;

  Http1Connections(Patience patience) {
    this.patience = patience;
  }

  /// Puts HTTP/1.1 behind a handler that is about to leave.
  void install(ChannelHandlerContext ctx, HttpPages pages) {
    if (draining) {
      var _ = ctx.close();
      return;
    }
    open.add(ctx.channel());
    // Whoever answers asks for each message: the next request waits in the socket.
    ctx.channel().config().setAutoRead(false);
    ChannelPipeline pipeline = ctx.pipeline();
    var deadline = new RequestDeadline(patience);
    String last = ctx.name();
    for (var next :
        new ChannelHandler[] {
          deadline,
          new HttpServerCodec(
              new HttpDecoderConfig()
                  .setMaxInitialLineLength(MAX_LINE_BYTES)
                  .setMaxHeaderSize(MAX_HEADER_BYTES)),
          new FlowControlHandler(),
          new Http1Handler(pages, deadline)
        }) {
      pipeline.addAfter(last, null, next);
      last = pipeline.context(next).name();
    }
  }

  /// Lets requests in flight be answered, at most for a while, and takes no more.
  void drain(long graceMillis) {
    draining = true;
    open.forEach(channel -> channel.pipeline().fireUserEventTriggered(Http1Handler.Drain.NOW));
    open.newCloseFuture().awaitUninterruptibly(graceMillis, TimeUnit.MILLISECONDS);
    open.close().awaitUninterruptibly(graceMillis, TimeUnit.MILLISECONDS);
  }
}
