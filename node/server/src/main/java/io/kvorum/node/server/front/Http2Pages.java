package io.kvorum.node.server.front;

import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// Serves HTTP pages on the HTTP/2 connections of gRPC: a stream whose content type is not gRPC's
/// never reaches gRPC.
final class Http2Pages extends Http2FrameListenerDecorator {

  private static final AsciiString CONTENT_TYPE = AsciiString.of("content-type");
  private static final AsciiString ACCEPT = AsciiString.of("accept");
  private static final String GRPC_TYPE = "application/grpc";

  private final HttpPages pages;
  private final Http2ConnectionEncoder encoder;

  /// Requests whose body is still coming in. Bounded by the number of concurrent streams.
  private final Map<Integer, HttpCall> receiving = new HashMap<>();

  private Http2Pages(Http2FrameListener grpc, HttpPages pages, Http2ConnectionEncoder encoder) {
    super(grpc);
    this.pages = pages;
    this.encoder = encoder;
  }

  static void install(GrpcHttp2ConnectionHandler handler, HttpPages pages) {
    Http2FrameListener grpc = handler.decoder().frameListener();
    handler.decoder().frameListener(new Http2Pages(grpc, pages, handler.encoder()));
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext ctx,
      int streamId,
      Http2Headers headers,
      int streamDependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean endStream)
      throws Http2Exception {
    if (!receiving.containsKey(streamId) && isGrpc(headers)) {
      super.onHeadersRead(
          ctx, streamId, headers, streamDependency, weight, exclusive, padding, endStream);
    } else {
      received(ctx, streamId, headers, endStream);
    }
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext ctx, int streamId, Http2Headers headers, int padding, boolean endStream)
      throws Http2Exception {
    if (!receiving.containsKey(streamId) && isGrpc(headers)) {
      super.onHeadersRead(ctx, streamId, headers, padding, endStream);
    } else {
      received(ctx, streamId, headers, endStream);
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream)
      throws Http2Exception {
    HttpCall call = receiving.get(streamId);
    if (call == null) {
      return super.onDataRead(ctx, streamId, data, padding, endOfStream);
    }
    // No page takes a body: it is read away, so that the stream ends in order.
    int consumed = data.readableBytes() + padding;
    if (endOfStream) {
      receiving.remove(streamId);
      answer(ctx, streamId, call);
    }
    return consumed;
  }

  @Override
  public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode)
      throws Http2Exception {
    if (receiving.remove(streamId) == null) {
      super.onRstStreamRead(ctx, streamId, errorCode);
    }
  }

  /// A gRPC request says so; a stream that is known already is gRPC's too (trailers).
  private static boolean isGrpc(Http2Headers headers) {
    CharSequence type = headers.get(CONTENT_TYPE);
    CharSequence method = headers.method();
    return method == null
        || (type != null && AsciiString.of(type).toString().startsWith(GRPC_TYPE));
  }

  private void received(
      ChannelHandlerContext ctx, int streamId, Http2Headers headers, boolean endStream) {
    HttpCall call = receiving.get(streamId);
    if (call == null) {
      call =
          HttpCall.of(
              text(headers.method()),
              text(headers.path()),
              text(headers.get(ACCEPT)),
              text(headers.authority()));
    }
    if (endStream) {
      receiving.remove(streamId);
      answer(ctx, streamId, call);
    } else {
      receiving.put(streamId, call);
    }
  }

  private void answer(ChannelHandlerContext ctx, int streamId, HttpCall call) {
    boolean head = call.method().equals("HEAD");
    var _ =
        pages
            .answer(call)
            .whenComplete((answer, failure) ->
                ctx.executor()
                    .execute(() ->
                        write(
                            ctx,
                            streamId,
                            failure == null
                                ? answer
                                : HttpAnswer.text(500, "Internal Server Error\n"),
                            head)));
  }

  private void write(ChannelHandlerContext ctx, int streamId, HttpAnswer answer, boolean head) {
    if (encoder.connection().stream(streamId) == null) {
      return;
    }
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    var headers = new DefaultHttp2Headers();
    headers.status(Integer.toString(answer.status()));
    headers.set(CONTENT_TYPE, answer.contentType());
    headers.setInt(AsciiString.of("content-length"), body.length);
    if (!answer.allow().isEmpty()) {
      headers.set(AsciiString.of("allow"), answer.allow());
    }
    if (answer.exact()) {
      headers.set(AsciiString.of("x-content-type-options"), "nosniff");
    }
    boolean bodyless = head || body.length == 0;
    var _ = encoder.writeHeaders(ctx, streamId, headers, 0, bodyless, ctx.newPromise());
    if (!bodyless) {
      var _ =
          encoder.writeData(ctx, streamId, Unpooled.wrappedBuffer(body), 0, true, ctx.newPromise());
    }
    // Through the whole pipeline: the connection's own handler sends data that flow control holds.
    ctx.channel().flush();
  }

  private static String text(@org.jspecify.annotations.Nullable CharSequence value) {
    return value == null ? "" : value.toString();
  }
}
