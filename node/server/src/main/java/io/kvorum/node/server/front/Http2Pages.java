package io.kvorum.node.server.front;

import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.kvorum.node.server.http.HttpCall;
import io.kvorum.node.server.http.HttpPages;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Serves HTTP pages on the HTTP/2 connections of gRPC: a stream whose content type is not gRPC's
/// never reaches gRPC.
final class Http2Pages extends Http2FrameListenerDecorator {

  private static final AsciiString CONTENT_TYPE = AsciiString.of("content-type");
  private static final String GRPC_TYPE = "application/grpc";

  private final HttpPages pages;
  private final GrpcHttp2ConnectionHandler handler;
  private final OpenTalks talks;

  /// Requests that are not answered to their end. Bounded by the number of concurrent streams.
  private final Map<Integer, Http2Exchange> exchanges = new HashMap<>();

  private Http2Pages(HttpPages pages, GrpcHttp2ConnectionHandler handler, OpenTalks talks) {
    super(handler.decoder().frameListener());
    this.pages = pages;
    this.handler = handler;
    this.talks = talks;
    handler
        .connection()
        .addListener(
            new Http2ConnectionAdapter() {
              @Override
              public void onStreamClosed(Http2Stream stream) {
                Http2Exchange exchange = exchanges.remove(stream.id());
                if (exchange != null) {
                  exchange.gone();
                }
              }
            });
  }

  static void install(GrpcHttp2ConnectionHandler handler, HttpPages pages, OpenTalks talks) {
    Http2FrameListener listener = new Http2Pages(pages, handler, talks);
    handler.decoder().frameListener(listener);
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
    if (isGrpc(streamId, headers)) {
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
    if (isGrpc(streamId, headers)) {
      super.onHeadersRead(ctx, streamId, headers, padding, endStream);
    } else {
      received(ctx, streamId, headers, endStream);
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream)
      throws Http2Exception {
    Http2Exchange exchange = exchanges.get(streamId);
    if (exchange == null) {
      return super.onDataRead(ctx, streamId, data, padding, endOfStream);
    }
    return exchange.receive(data, padding, endOfStream);
  }

  @Override
  public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode)
      throws Http2Exception {
    // The stream closes behind this, and its exchange hears of that.
    if (!exchanges.containsKey(streamId)) {
      super.onRstStreamRead(ctx, streamId, errorCode);
    }
  }

  /// A gRPC request says so; a stream that is known already is gRPC's too (trailers).
  private boolean isGrpc(int streamId, Http2Headers headers) {
    CharSequence type = headers.get(CONTENT_TYPE);
    return !exchanges.containsKey(streamId)
        && (headers.method() == null
            || (type != null && AsciiString.of(type).toString().startsWith(GRPC_TYPE)));
  }

  private void received(
      ChannelHandlerContext ctx, int streamId, Http2Headers headers, boolean endStream) {
    Http2Exchange known = exchanges.get(streamId);
    if (known != null) {
      // Trailers, which nobody wants.
      if (endStream) {
        known.ended();
      }
      return;
    }
    HttpCall call =
        HttpCall.of(
            text(headers.method()), text(headers.path()), headers(headers), PeerName.of(ctx));
    var exchange = new Http2Exchange(ctx, handler, talks, streamId, call.method().equals("HEAD"));
    exchanges.put(streamId, exchange);
    HttpPages.Talker talker = pages.talker(call);
    if (talker == null) {
      exchange.page(() -> pages.answer(call));
    } else {
      exchange.talk(talker);
    }
    if (endStream) {
      exchange.ended();
    }
  }

  private static Map<String, String> headers(Http2Headers from) {
    var headers = new HashMap<String, String>();
    from.forEach(
        header -> headers.putIfAbsent(header.getKey().toString(), header.getValue().toString()));
    headers.putIfAbsent("host", text(from.authority()));
    return headers;
  }

  private static String text(@Nullable CharSequence value) {
    return value == null ? "" : value.toString();
  }
}
