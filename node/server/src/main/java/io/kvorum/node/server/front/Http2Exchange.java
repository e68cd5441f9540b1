package io.kvorum.node.server.front;

import com.google.protobuf.ByteString;
import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.http.HttpPages;
import io.kvorum.node.server.http.HttpReply;
import io.kvorum.node.server.http.HttpTalk;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One request and its answer on a stream of an HTTP/2 connection. What a body's reader has not
/// asked for stays unacknowledged, so the client's window bounds it.
final class Http2Exchange implements HttpReply {

  private static final AsciiString CONTENT_TYPE = AsciiString.of("content-type");
  private static final AsciiString CONTENT_LENGTH = AsciiString.of("content-length");

  private final ChannelHandlerContext ctx;
  private final GrpcHttp2ConnectionHandler handler;
  private final OpenTalks talks;
  private final int streamId;
  private final boolean head;

  private @Nullable HttpTalk talk;
  private @Nullable Supplier<CompletableFuture<HttpAnswer>> page;
  private @Nullable ScheduledFuture<?> deadline;

  /// Data frames that wait for their reader; held as the client's window allows.
  private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();

  private boolean wanted;
  private boolean handing;
  private boolean ended;
  private boolean endTold;
  private boolean answered;

  Http2Exchange(
      ChannelHandlerContext ctx,
      GrpcHttp2ConnectionHandler handler,
      OpenTalks talks,
      int streamId,
      boolean head) {
    this.ctx = ctx;
    this.handler = handler;
    this.talks = talks;
    this.streamId = streamId;
    this.head = head;
  }

  // ---- The request

  /// A page answers when the body has been read away.
  void page(Supplier<CompletableFuture<HttpAnswer>> source) {
    page = source;
  }

  void talk(HttpPages.Talker talker) {
    talks.add(this);
    talk = talker.open(this);
  }

  /// What would go on for long ends now.
  void drain() {
    if (talk != null && !answered) {
      talk.drain();
    }
  }

  /// Takes a data frame.
  ///
  /// @return how many of its bytes are dealt with
  int receive(ByteBuf data, int padding, boolean last) {
    int bytes = data.readableBytes();
    boolean kept = talk != null && !answered && bytes > 0;
    if (kept) {
      waiting.add(ByteBufUtil.getBytes(data));
    }
    if (last) {
      ended();
    } else {
      handOn();
    }
    return kept ? padding : bytes + padding;
  }

  /// Nothing further of this request comes.
  void ended() {
    ended = true;
    if (answered) {
      cancelDeadline();
    }
    if (page != null) {
      var _ =
          page.get()
              .whenComplete((answer, failure) ->
                  ctx.executor()
                      .execute(() -> answer(failure == null ? answer : HttpAnswer.failed())));
    } else {
      handOn();
    }
  }

  /// Gives the reader what it has asked for.
  private void handOn() {
    HttpTalk listener = talk;
    if (handing || listener == null) {
      return;
    }
    handing = true;
    while (!answered && !waiting.isEmpty() && wanted) {
      wanted = false;
      byte[] piece = waiting.remove();
      acknowledge(piece.length);
      listener.piece(piece);
    }
    if (!answered && ended && waiting.isEmpty() && wanted && !endTold) {
      endTold = true;
      cancelDeadline();
      listener.bodyEnded();
    }
    handing = false;
  }

  private void acknowledge(int bytes) {
    Http2Stream stream = stream();
    if (stream == null) {
      return;
    }
    try {
      if (handler.decoder().flowController().consumeBytes(stream, bytes)) {
        ctx.channel().flush();
      }
    } catch (Http2Exception e) {
      reset(Http2Error.INTERNAL_ERROR);
    }
  }

  private @Nullable Http2Stream stream() {
    return handler.connection().stream(streamId);
  }

  private void reset(Http2Error error) {
    var _ = handler.resetStream(ctx, streamId, error.code(), ctx.newPromise());
    ctx.channel().flush();
  }

  /// The stream is closed.
  void gone() {
    talks.remove(this);
    waiting.clear();
    cancelDeadline();
    if (talk != null && !answered) {
      answered = true;
      talk.gone();
    }
  }

  @Override
  public EventExecutor loop() {
    return ctx.executor();
  }

  @Override
  public void readMore() {
    wanted = true;
    ctx.executor().execute(this::handOn);
  }

  @Override
  public void bodyWithin(long millis) {
    cancelDeadline();
    if (millis > 0 && !ended) {
      deadline =
          ctx.executor().schedule(() -> reset(Http2Error.CANCEL), millis, TimeUnit.MILLISECONDS);
    }
  }

  private void cancelDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  // ---- The answer

  @Override
  public void answer(HttpAnswer answer) {
    if (answered || stream() == null) {
      return;
    }
    Http2Headers headers = headers(answer);
    headers.setInt(CONTENT_LENGTH, answer.body().size());
    addOthers(headers, answer);
    boolean bodyless = head || answer.body().isEmpty();
    answered();
    var _ = handler.encoder().writeHeaders(ctx, streamId, headers, 0, bodyless, ctx.newPromise());
    if (!bodyless) {
      var _ = writeData(answer.body(), true);
    }
    sent();
  }

  @Override
  public void begin(HttpAnswer answer) {
    if (stream() != null) {
      Http2Headers headers = headers(answer);
      addOthers(headers, answer);
      var _ = handler.encoder().writeHeaders(ctx, streamId, headers, 0, false, ctx.newPromise());
      ctx.flush();
    }
  }

  private static Http2Headers headers(HttpAnswer answer) {
    var headers = new DefaultHttp2Headers();
    headers.status(Integer.toString(answer.status()));
    if (!answer.contentType().isEmpty()) {
      headers.set(CONTENT_TYPE, answer.contentType());
    }
    return headers;
  }

  private static void addOthers(Http2Headers headers, HttpAnswer answer) {
    answer
        .headers()
        .forEach(header -> headers.set(AsciiString.of(header.getKey()), header.getValue()));
  }

  @Override
  public void write(ByteString piece, Runnable written) {
    if (stream() != null) {
      writeData(piece, false).addListener(_ -> written.run());
      ctx.channel().flush();
    }
  }

  @Override
  public void end() {
    if (!answered && stream() != null) {
      answered();
      var _ = writeData(ByteString.EMPTY, true);
      sent();
    }
  }

  private ChannelPromise writeData(ByteString data, boolean last) {
    ChannelPromise promise = ctx.newPromise();
    var _ =
        handler.encoder().writeData(ctx, streamId, Http1Exchange.wrapped(data), 0, last, promise);
    return promise;
  }

  /// What the client still sends is read away.
  private void answered() {
    answered = true;
    talks.remove(this);
    cancelDeadline();
    while (!waiting.isEmpty()) {
      acknowledge(waiting.remove().length);
    }
  }

  /// Flushes through the whole pipeline: the connection's own handler sends data that flow control
  /// holds. What a client still sends behind its answer is read away for a moment: told to stop at
  /// once, some clients take the answer for lost.
  private void sent() {
    ctx.channel().flush();
    if (!ended) {
      deadline =
          ctx.executor()
              .schedule(
                  () -> reset(Http2Error.NO_ERROR),
                  Patience.USUAL.lingerMillis(),
                  TimeUnit.MILLISECONDS);
    }
  }
}
