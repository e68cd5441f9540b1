package io.kvorum.node.server.front;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Answers the requests of one HTTP/1.1 connection, one after the other.
final class Http1Handler extends SimpleChannelInboundHandler<FullHttpRequest> {

  /// Tells a connection to end after the request it is answering.
  enum Drain {
    NOW
  }

  private final HttpPages pages;
  private final boolean secure;
  private @Nullable RequestDeadline deadline;
  private boolean answering;
  private boolean draining;

  Http1Handler(HttpPages pages, boolean secure) {
    this.pages = pages;
    this.secure = secure;
  }

  void announceTo(RequestDeadline requestDeadline) {
    deadline = requestDeadline;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    answering = true;
    // One request at a time: the next one waits in the socket until this one is answered.
    ctx.channel().config().setAutoRead(false);
    if (deadline != null) {
      deadline.requestReceived();
    }
    boolean keepAlive = HttpUtil.isKeepAlive(request);
    boolean head = request.method().equals(HttpMethod.HEAD);
    if (request.decoderResult().isFailure()) {
      write(ctx, refusal(request.decoderResult().cause()), false, false);
      return;
    }
    HttpCall call =
        HttpCall.of(
            request.method().name(),
            request.uri(),
            header(request, HttpHeaderNames.ACCEPT.toString()),
            header(request, HttpHeaderNames.HOST.toString()));
    var _ =
        pages
            .answer(call)
            .whenComplete((answer, failure) ->
                onLoop(
                    ctx,
                    () ->
                        write(
                            ctx,
                            failure == null
                                ? answer
                                : HttpAnswer.text(500, "Internal Server Error\n"),
                            keepAlive,
                            head)));
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == Drain.NOW) {
      draining = true;
      if (!answering) {
        var _ = ctx.close();
      }
      return;
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    var _ = ctx.close();
  }

  private static void onLoop(ChannelHandlerContext ctx, Runnable task) {
    if (ctx.executor().inEventLoop()) {
      task.run();
    } else {
      ctx.executor().execute(task);
    }
  }

  private void write(
      ChannelHandlerContext ctx, HttpAnswer answer, boolean keepAlive, boolean head) {
    boolean stays = keepAlive && !draining;
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(answer.status()),
            head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
    var headers = response.headers();
    headers.set(HttpHeaderNames.CONTENT_TYPE, answer.contentType());
    headers.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    if (!answer.allow().isEmpty()) {
      headers.set(HttpHeaderNames.ALLOW, answer.allow());
    }
    if (answer.exact()) {
      headers.set("x-content-type-options", "nosniff");
    }
    if (!stays) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    var written = ctx.writeAndFlush(response);
    answering = false;
    if (!stays) {
      written.addListener(ChannelFutureListener.CLOSE);
      return;
    }
    if (deadline != null) {
      deadline.answered(ctx);
    }
    ctx.channel().config().setAutoRead(true);
  }

  private static HttpAnswer refusal(Throwable cause) {
    return switch (cause) {
      case TooLongHttpLineException _ -> HttpAnswer.text(414, "URI Too Long\n");
      case TooLongHttpHeaderException _ ->
          HttpAnswer.text(431, "Request Header Fields Too Large\n");
      case TooLongFrameException _ -> HttpAnswer.text(413, "Request Entity Too Large\n");
      case Throwable _ -> HttpAnswer.text(400, "400 Bad Request\n");
    };
  }

  private static String header(FullHttpRequest request, String name) {
    String value = request.headers().get(name);
    return value == null ? "" : value;
  }

  boolean secure() {
    return secure;
  }
}
