package io.kvorum.node.server.front;

import io.grpc.Status;
import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;

/// Reads how long the messages of gRPC streams are going to be, and ends a stream with etcd's error
/// at the head of one that is too long: nothing of it is kept. gRPC, which would refuse it as well,
/// does so in words of its own.
final class MessageLengths extends Http2FrameListenerDecorator {

  /// Whether it is compressed, and its length in four bytes.
  private static final int HEAD_BYTES = 5;

  private final GrpcHttp2ConnectionHandler handler;
  private final int maxMessageBytes;
  private final Http2Connection.PropertyKey places;

  private MessageLengths(GrpcHttp2ConnectionHandler handler, int maxMessageBytes) {
    super(handler.decoder().frameListener());
    this.handler = handler;
    this.maxMessageBytes = maxMessageBytes;
    this.places = handler.connection().newKey();
  }

  static void install(GrpcHttp2ConnectionHandler handler, int maxMessageBytes) {
    handler.decoder().frameListener(new MessageLengths(handler, maxMessageBytes));
  }

  /// Where a stream is in its messages.
  private static final class Place {
    private int headBytes;

    /// The length as far as the head has been read; unsigned.
    private long length;

    /// What is left of the message behind the head.
    private long bodyBytes;

    /// Walks over what has come; the length of a message above the limit, or 0.
    long tooLong(ByteBuf data, int limit) {
      int at = data.readerIndex();
      while (at < data.writerIndex()) {
        if (bodyBytes > 0) {
          int some = (int) Math.min(bodyBytes, data.writerIndex() - at);
          bodyBytes -= some;
          at += some;
          continue;
        }
        int next = data.getUnsignedByte(at++);
        length = headBytes == 0 ? 0 : length << Byte.SIZE | next;
        if (++headBytes == HEAD_BYTES) {
          if (length > limit) {
            return length;
          }
          headBytes = 0;
          bodyBytes = length;
        }
      }
      return 0;
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream)
      throws Http2Exception {
    Http2Stream stream = handler.connection().stream(streamId);
    long length = stream == null ? 0 : place(stream).tooLong(data, maxMessageBytes);
    if (stream == null || length == 0) {
      return super.onDataRead(ctx, streamId, data, padding, endOfStream);
    }
    int read = data.readableBytes() + padding;
    refuse(ctx, stream, length);
    return read;
  }

  private Place place(Http2Stream stream) {
    Place place = stream.getProperty(places);
    if (place == null) {
      place = new Place();
      stream.setProperty(places, place);
    }
    return place;
  }

  private void refuse(ChannelHandlerContext ctx, Http2Stream stream, long length)
      throws Http2Exception {
    Http2Headers trailers = new DefaultHttp2Headers();
    if (!stream.isHeadersSent()) {
      trailers.status(HttpResponseStatus.OK.codeAsText()).set("content-type", "application/grpc");
    }
    trailers
        .setInt("grpc-status", Status.Code.RESOURCE_EXHAUSTED.value())
        .set(
            "grpc-message",
            "grpc: received message larger than max (%d vs. %d)"
                .formatted(length, maxMessageBytes));
    int id = stream.id();
    var _ = handler.encoder().writeHeaders(ctx, id, trailers, 0, true, ctx.newPromise());
    // To gRPC the client has left.
    super.onRstStreamRead(ctx, id, Http2Error.CANCEL.code());
    var _ = handler.resetStream(ctx, id, Http2Error.NO_ERROR.code(), ctx.newPromise());
    ctx.flush();
  }
}
