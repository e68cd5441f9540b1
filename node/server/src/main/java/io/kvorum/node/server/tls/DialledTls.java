package io.kvorum.node.server.tls;

import io.grpc.netty.GrpcSslContexts;
import io.kvorum.node.server.config.Discovery;
import io.kvorum.node.server.config.StartFailure;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLException;

/// TLS towards a cluster that this member is only a client of.
public final class DialledTls {

  private DialledTls() {}

  /// A context for dialling.
  ///
  /// @param flagPrefix what the names of its flags begin with
  public static SslContext of(String flagPrefix, Discovery.Tls files) {
    SslContextBuilder builder =
        GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK);
    if (!files.certificate().isEmpty()) {
      KeyPairFiles pair =
          KeyPairFiles.read(
              flagPrefix + "cert", files.certificate(), flagPrefix + "key", files.key());
      builder.keyManager(pair.key(), pair.chain());
    }
    if (files.trustsAll()) {
      builder.trustManager(new TrustAll());
    } else if (!files.authorities().isEmpty()) {
      builder.trustManager(
          PemFile.read(flagPrefix + "cacert", files.authorities())
              .certificates()
              .toArray(new X509Certificate[0]));
    }
    try {
      return builder.build();
    } catch (SSLException e) {
      throw StartFailure.configuration(
          "cannot set up TLS from " + flagPrefix + "cert and " + flagPrefix + "key: " + e);
    }
  }
}
