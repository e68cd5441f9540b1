package io.kvorum.node.server.front;

import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.http.HttpCall;
import io.kvorum.node.server.http.HttpPages;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Answers the requests of one HTTP/1.1 connection, one after the other. Each message is read only
/// when it is asked for: one read is always under way, except while a body's reader holds it back
/// or the next request waits for its turn.
final class Http1Handler extends ChannelInboundHandlerAdapter {

  /// Tells a connection to end after the request it is answering.
  enum Drain {
    NOW
  }

  private final HttpPages pages;
  private final RequestDeadline deadline;

  /// The request under way.
  private @Nullable Http1Exchange exchange;

  /// The message behind the one that is being answered.
  private @Nullable Object waiting;

  private boolean draining;

  /// Whether all that comes is read away until the client closes.
  private boolean lingering;

  private boolean readScheduled;

  /// Whether a message was asked for that has not come yet.
  private boolean awaiting;

  Http1Handler(HttpPages pages, RequestDeadline deadline) {
    this.pages = pages;
    this.deadline = deadline;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    read(ctx);
  }

  /// Asks for the next message. It comes in a turn of its own: messages that are decoded already
  /// would else be handled inside one another.
  void read(ChannelHandlerContext ctx) {
    if (!readScheduled) {
      readScheduled = true;
      ctx.executor()
          .execute(() -> {
            readScheduled = false;
            awaiting = true;
            ctx.read();
          });
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    ReferenceCountUtil.release(waiting);
    waiting = null;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    awaiting = false;
    if (lingering) {
      ReferenceCountUtil.release(message);
      read(ctx);
    } else if (exchange != null && exchange.isReceived()) {
      // A pipelined request; nothing further is read before its turn.
      waiting = message;
    } else {
      try {
        take(ctx, message);
      } finally {
        ReferenceCountUtil.release(message);
      }
    }
  }

  /// A read of the socket that brought less than a message is over, and what was asked for is
  /// forgotten with it: a request that comes in pieces would never be seen.
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (awaiting) {
      read(ctx);
    }
    ctx.fireChannelReadComplete();
  }

  private void take(ChannelHandlerContext ctx, Object message) {
    switch (message) {
      case HttpRequest request -> begin(ctx, request);
      case HttpContent content when exchange != null -> receive(ctx, exchange, content);
      default -> read(ctx);
    }
  }

  private void begin(ChannelHandlerContext ctx, HttpRequest request) {
    DecoderResult result = request.decoderResult();
    boolean keepAlive = result.isSuccess() && HttpUtil.isKeepAlive(request);
    var begun = new Http1Exchange(this, ctx, request, keepAlive);
    exchange = begun;
    if (result.isFailure()) {
      begun.received();
      begun.answer(refusal(result.cause()));
      return;
    }
    HttpCall call =
        HttpCall.of(request.method().name(), request.uri(), headers(request), PeerName.of(ctx));
    HttpPages.Talker talker = pages.talker(call);
    if (!begun.expectsBody(talker == null)) {
      begun.answer(HttpAnswer.text(413, "Request Entity Too Large\n"));
    } else if (talker != null) {
      begun.talk(talker);
    } else {
      begun.page(() -> pages.answer(call));
      read(ctx);
    }
  }

  private static void receive(ChannelHandlerContext ctx, Http1Exchange to, HttpContent content) {
    if (content.decoderResult().isFailure()) {
      // What a chunk should have been is unknown, and so is where the next request begins.
      var _ = ctx.close();
      return;
    }
    to.receive(content.content(), content instanceof LastHttpContent);
  }

  private static Map<String, String> headers(HttpRequest request) {
    var headers = new HashMap<String, String>();
    request
        .headers()
        .forEach(header ->
            headers.putIfAbsent(header.getKey().toLowerCase(Locale.ROOT), header.getValue()));
    return headers;
  }

  // ---- From the exchange

  void bodyWithin(ChannelHandlerContext ctx, long millis) {
    deadline.bodyWithin(ctx, millis);
  }

  void requestReceived() {
    deadline.requestReceived();
  }

  boolean isDraining() {
    return draining;
  }

  /// The exchange is over, and the connection is ready for the next one.
  void nextRequest(ChannelHandlerContext ctx) {
    exchange = null;
    deadline.answered(ctx);
    if (draining) {
      var _ = ctx.close();
      return;
    }
    Object message = waiting;
    waiting = null;
    if (message == null) {
      return;
    }
    ctx.executor().execute(() -> channelRead(ctx, message));
  }

  /// The answer is out before the request was here whole: a close now could take the answer away
  /// from the client, so what still comes is read away for a moment.
  void linger(ChannelHandlerContext ctx) {
    exchange = null;
    lingering = true;
    deadline.lingers(ctx);
    read(ctx);
  }

  // ---- From the connection

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event != Drain.NOW) {
      ctx.fireUserEventTriggered(event);
      return;
    }
    draining = true;
    if (exchange == null) {
      var _ = ctx.close();
    } else {
      exchange.drain();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (exchange != null) {
      exchange.gone();
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    var _ = ctx.close();
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

  /// Sends the interim answer that a client waits for before it sends a body.
  static void sendContinue(ChannelHandlerContext ctx) {
    var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE);
    response.headers().remove(HttpHeaderNames.CONTENT_LENGTH);
    var _ = ctx.writeAndFlush(response);
  }
}
