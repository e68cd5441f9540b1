package io.kvorum.node.server.front;

import io.kvorum.node.server.tls.CommonName;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;

/// The common name in the certificate of a connection's client, read once.
final class PeerName {

  private static final AttributeKey<String> NAME = AttributeKey.valueOf(PeerName.class, "name");

  private PeerName() {}

  /// Empty where there is none.
  static String of(ChannelHandlerContext ctx) {
    var kept = ctx.channel().attr(NAME);
    String name = kept.get();
    if (name == null) {
      SslHandler tls = ctx.pipeline().get(SslHandler.class);
      name = CommonName.of(tls == null ? null : tls.engine().getSession());
      kept.set(name);
    }
    return name;
  }
}
