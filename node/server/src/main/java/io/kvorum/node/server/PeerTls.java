package io.kvorum.node.server;

import io.netty.handler.ssl.SslContext;
import java.util.function.Supplier;

/// TLS between members. The contexts are asked for on every new connection, so that a renewed
/// certificate is used without a restart.
public record PeerTls(Supplier<SslContext> accepting, Supplier<SslContext> dialling) {}
