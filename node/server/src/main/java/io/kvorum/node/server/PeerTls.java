package io.kvorum.node.server;

import io.kvorum.node.server.tls.AcceptingTls;
import io.netty.handler.ssl.SslContext;
import java.util.Optional;
import java.util.function.Supplier;

/// TLS between members. The contexts are asked for on every new connection, so that a renewed
/// certificate is used without a restart.
///
/// @param accepting absent: there is no certificate to listen with
public record PeerTls(Optional<AcceptingTls> accepting, Supplier<SslContext> dialling) {}
