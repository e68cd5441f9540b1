package io.kvorum.node.server.front;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.SecurityLevel;
import io.grpc.ServerCredentials;
import io.grpc.internal.GrpcAttributes;
import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.InternalProtocolNegotiationEvent;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.kvorum.node.server.http.HttpPages;
import io.kvorum.node.server.tls.AcceptingTls;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Decides, in an accepted connection's own pipeline, which protocol it speaks. The only class that
/// knows grpc-netty's internals.
///
/// ```
/// plaintext:  first bytes are "PRI * HTTP/2.0…"  -> gRPC's handler (HTTP/2)
///             anything else                      -> HTTP/1.1 (an h2c upgrade is answered as such)
/// TLS:        client offers h2                   -> gRPC's handler
///             client offers http/1.1 alone       -> HTTP/1.1
///             client offers nothing              -> as plaintext
///             its certificate is refused         -> closed
/// ```
///
/// On HTTP/2 a stream whose content type is not gRPC's is answered by the same pages as HTTP/1.1. A
/// connection has to say what it wants within a few seconds, and only so many may be undecided at a
/// time.
final class PortProtocols {

  /// Undecided connections at a time; each holds a socket and little else.
  private static final int MAX_UNDECIDED = 4_096;

  private final @Nullable HttpPages pages;
  private final Http1Connections http1;
  private final OpenTalks talks;
  private final @Nullable AcceptingTls tls;
  private final Patience patience;
  private final int maxMessageBytes;
  private final AtomicInteger undecided = new AtomicInteger();

  /// @param pages null: a port for gRPC alone
  /// @param tls null: plaintext
  /// @param maxMessageBytes of a request by gRPC
  PortProtocols(
      @Nullable HttpPages pages,
      Http1Connections http1,
      OpenTalks talks,
      @Nullable AcceptingTls tls,
      Patience patience,
      int maxMessageBytes) {
    this.patience = patience;
    this.maxMessageBytes = maxMessageBytes;
    this.pages = pages;
    this.http1 = http1;
    this.talks = talks;
    this.tls = tls;
  }

  /// The protocols as grpc-netty takes them.
  ServerCredentials credentials() {
    return InternalNettyServerCredentials.create(new Negotiator());
  }

  private final class Negotiator implements InternalProtocolNegotiator.ProtocolNegotiator {
    @Override
    public AsciiString scheme() {
      return AsciiString.of(tls == null ? "http" : "https");
    }

    @Override
    public ChannelHandler newHandler(GrpcHttp2ConnectionHandler grpcHandler) {
      MessageLengths.install(grpcHandler, maxMessageBytes);
      if (pages != null) {
        Http2Pages.install(grpcHandler, pages, talks);
      }
      return new Decision(grpcHandler);
    }

    @Override
    public void close() {}
  }

  /// The first handler of a connection: stays until the protocol is known.
  private final class Decision extends ByteToMessageDecoder {
    private final GrpcHttp2ConnectionHandler grpcHandler;
    private @Nullable SslHandler sslHandler;
    private @Nullable ScheduledFuture<?> deadline;
    private boolean counted;

    /// Set with the close: what the client has sent meanwhile must have no effect.
    private boolean hungUp;

    Decision(GrpcHttp2ConnectionHandler grpcHandler) {
      this.grpcHandler = grpcHandler;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      counted = true;
      if (undecided.incrementAndGet() > MAX_UNDECIDED) {
        hangUp(ctx);
        return;
      }
      deadline =
          ctx.executor()
              .schedule(() -> hangUp(ctx), patience.decisionMillis(), TimeUnit.MILLISECONDS);
      if (tls != null) {
        sslHandler = tls.context().newHandler(ctx.alloc());
        sslHandler.setHandshakeTimeoutMillis(patience.decisionMillis());
        ctx.pipeline().addBefore(ctx.name(), null, sslHandler);
      }
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) {
      if (counted) {
        counted = false;
        undecided.decrementAndGet();
      }
      if (deadline != null) {
        deadline.cancel(false);
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof SslHandshakeCompletionEvent handshake) {
        if (!handshake.isSuccess() || !isAdmitted()) {
          hangUp(ctx);
        } else if (sslHandler != null
            && ApplicationProtocolNames.HTTP_2.equals(sslHandler.applicationProtocol())) {
          speakHttp2(ctx);
        }
      }
      // grpc-netty's own start event ends here: this handler starts the negotiation itself.
    }

    private boolean isAdmitted() {
      return tls == null
          || sslHandler == null
          || tls.refusal(sslHandler.engine().getSession()) == null;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
      if (hungUp) {
        in.skipBytes(in.readableBytes());
        return;
      }
      ByteBuf preface = Http2CodecUtil.connectionPrefaceBuf();
      try {
        int known = Math.min(in.readableBytes(), preface.readableBytes());
        for (int i = 0; i < known; i++) {
          if (in.getByte(in.readerIndex() + i) != preface.getByte(i)) {
            speakHttp1(ctx);
            return;
          }
        }
        if (known == preface.readableBytes()) {
          speakHttp2(ctx);
        }
      } finally {
        preface.release();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      // A client that breaks its handshake or resets is its own affair.
      hangUp(ctx);
    }

    private void speakHttp2(ChannelHandlerContext ctx) {
      Attributes.Builder attributes =
          Attributes.newBuilder()
              .set(Grpc.TRANSPORT_ATTR_LOCAL_ADDR, ctx.channel().localAddress())
              .set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, ctx.channel().remoteAddress())
              .set(
                  GrpcAttributes.ATTR_SECURITY_LEVEL,
                  sslHandler == null ? SecurityLevel.NONE : SecurityLevel.PRIVACY_AND_INTEGRITY);
      if (sslHandler != null) {
        attributes.set(Grpc.TRANSPORT_ATTR_SSL_SESSION, sslHandler.engine().getSession());
      }
      ctx.pipeline()
          .addAfter(
              ctx.name(), null, InternalProtocolNegotiators.grpcNegotiationHandler(grpcHandler));
      // The negotiation handler puts gRPC's handler in its place on this event; only then are the
      // bytes read so far handed on, which removing this handler does.
      ctx.fireUserEventTriggered(
          InternalProtocolNegotiationEvent.withAttributes(
              InternalProtocolNegotiationEvent.getDefault(), attributes.build()));
      ctx.pipeline().remove(this);
    }

    private void speakHttp1(ChannelHandlerContext ctx) {
      if (pages == null) {
        hangUp(ctx);
        return;
      }
      http1.install(ctx, pages);
      ctx.pipeline().remove(this);
    }

    private void hangUp(ChannelHandlerContext ctx) {
      hungUp = true;
      var _ = ctx.close();
    }
  }
}
