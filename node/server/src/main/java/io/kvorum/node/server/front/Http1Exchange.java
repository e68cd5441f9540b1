package io.kvorum.node.server.front;

import com.google.protobuf.ByteString;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.http.HttpPages;
import io.kvorum.node.server.http.HttpReply;
import io.kvorum.node.server.http.HttpTalk;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.EventExecutor;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One request and its answer on an HTTP/1.1 connection.
final class Http1Exchange implements HttpReply {

  /// What is read and thrown away of a body that nobody wants.
  private static final int MAX_UNWANTED_BYTES = 64 * 1024;

  private final Http1Handler handler;
  private final ChannelHandlerContext ctx;
  private final boolean keepAlive;
  private final boolean head;
  private final boolean chunkedReply;
  private final boolean awaitsContinue;

  /// What is still to come of the body; negative when its length was not told.
  private long missingBytes;

  private long unwantedBytes;
  private @Nullable HttpTalk talk;
  private @Nullable Supplier<CompletableFuture<HttpAnswer>> page;
  private boolean received;
  private boolean reading;
  private boolean continued;
  private boolean answered;
  private boolean staysOpen;

  Http1Exchange(
      Http1Handler handler, ChannelHandlerContext ctx, HttpRequest request, boolean keepAlive) {
    this.handler = handler;
    this.ctx = ctx;
    this.keepAlive = keepAlive;
    this.head = request.method().equals(HttpMethod.HEAD);
    this.chunkedReply = request.protocolVersion().equals(HttpVersion.HTTP_1_1);
    this.awaitsContinue = HttpUtil.is100ContinueExpected(request);
    this.missingBytes =
        HttpUtil.isTransferEncodingChunked(request) ? -1 : HttpUtil.getContentLength(request, 0L);
  }

  // ---- The request

  /// Whether the body may come.
  ///
  /// @param unwanted whether nobody reads it
  boolean expectsBody(boolean unwanted) {
    return !unwanted || missingBytes <= MAX_UNWANTED_BYTES;
  }

  /// A page answers when the body has been read away.
  void page(Supplier<CompletableFuture<HttpAnswer>> source) {
    page = source;
    sendContinue();
  }

  void talk(HttpPages.Talker talker) {
    talk = talker.open(this);
  }

  boolean isReceived() {
    return received;
  }

  /// Nothing further of this request comes.
  void received() {
    received = true;
    missingBytes = 0;
    handler.requestReceived();
  }

  void receive(ByteBuf content, boolean last) {
    int bytes = content.readableBytes();
    missingBytes = missingBytes < 0 ? missingBytes : missingBytes - bytes;
    if (last) {
      received();
      // Kept under way, so that a client that leaves is noticed.
      handler.read(ctx);
    }
    HttpTalk listener = talk;
    if (listener == null || answered) {
      readAway(bytes, last);
      return;
    }
    reading = false;
    if (bytes > 0) {
      listener.piece(ByteBufUtil.getBytes(content));
    }
    if (last) {
      listener.bodyEnded();
    } else if (bytes == 0 || answered) {
      handler.read(ctx);
    }
  }

  private void readAway(int bytes, boolean last) {
    unwantedBytes += bytes;
    if (!last) {
      if (unwantedBytes <= MAX_UNWANTED_BYTES) {
        handler.read(ctx);
      } else if (answered) {
        handler.linger(ctx);
      } else {
        answer(HttpAnswer.text(413, "Request Entity Too Large\n"));
      }
    } else if (answered) {
      over();
    } else {
      answerPage();
    }
  }

  private void answerPage() {
    if (page == null) {
      return;
    }
    var _ =
        page.get()
            .whenComplete((answer, failure) ->
                onLoop(() -> answer(failure == null ? answer : HttpAnswer.failed())));
  }

  private void onLoop(Runnable task) {
    if (loop().inEventLoop()) {
      task.run();
    } else {
      loop().execute(task);
    }
  }

  void drain() {
    if (talk != null && !answered) {
      talk.drain();
    } else if (answered) {
      var _ = ctx.close();
    }
  }

  void gone() {
    if (talk != null && !answered) {
      talk.gone();
    }
  }

  @Override
  public EventExecutor loop() {
    return ctx.executor();
  }

  @Override
  public void readMore() {
    if (!received && !reading) {
      reading = true;
      sendContinue();
      handler.read(ctx);
    }
  }

  private void sendContinue() {
    if (awaitsContinue && !continued) {
      continued = true;
      Http1Handler.sendContinue(ctx);
    }
  }

  @Override
  public void bodyWithin(long millis) {
    if (!received) {
      handler.bodyWithin(ctx, millis);
    }
  }

  // ---- The answer

  @Override
  public void answer(HttpAnswer answer) {
    if (answered || !ctx.channel().isActive()) {
      return;
    }
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(answer.status()),
            head ? Unpooled.EMPTY_BUFFER : wrapped(answer.body()));
    fill(response, answer);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, answer.body().size());
    others(response, answer);
    staysOpen = keepAlive && !handler.isDraining() && restIsShort();
    if (!staysOpen) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    finish(ctx.writeAndFlush(response));
  }

  @Override
  public void begin(HttpAnswer answer) {
    var response =
        new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()));
    fill(response, answer);
    others(response, answer);
    staysOpen = keepAlive && chunkedReply && !handler.isDraining();
    if (chunkedReply) {
      HttpUtil.setTransferEncodingChunked(response, true);
    }
    if (!staysOpen) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    var _ = ctx.writeAndFlush(response);
  }

  private static void fill(HttpResponse response, HttpAnswer answer) {
    if (!answer.contentType().isEmpty()) {
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, answer.contentType());
    }
  }

  private static void others(HttpResponse response, HttpAnswer answer) {
    answer.headers().forEach(header -> response.headers().set(header.getKey(), header.getValue()));
  }

  @Override
  public void write(ByteString piece, Runnable written) {
    ctx.writeAndFlush(new DefaultHttpContent(wrapped(piece)))
        .addListener((ChannelFutureListener) _ -> written.run());
  }

  @Override
  public void end() {
    if (!answered) {
      finish(ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT));
    }
  }

  static ByteBuf wrapped(ByteString bytes) {
    return Unpooled.wrappedBuffer(bytes.asReadOnlyByteBufferList().toArray(ByteBuffer[]::new));
  }

  /// Whether the rest of the body can be read away, so that the connection may go on.
  private boolean restIsShort() {
    return received || missingBytes <= MAX_UNWANTED_BYTES;
  }

  private void finish(ChannelFuture written) {
    answered = true;
    if (received) {
      if (staysOpen) {
        over();
      } else {
        written.addListener(ChannelFutureListener.CLOSE);
      }
    } else if (staysOpen && (!awaitsContinue || continued)) {
      // The rest of the body comes first; what a reader left under way brings it.
      if (!reading) {
        handler.read(ctx);
      }
    } else {
      written.addListener(_ -> endOutput());
      handler.linger(ctx);
    }
  }

  /// Tells the client that nothing follows, while what it still sends is read away.
  private void endOutput() {
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    if (tls != null) {
      var _ = tls.closeOutbound();
    } else if (ctx.channel() instanceof DuplexChannel channel) {
      var _ = channel.shutdownOutput();
    }
  }

  private void over() {
    if (staysOpen) {
      handler.nextRequest(ctx);
    } else {
      var _ = ctx.close();
    }
  }
}
