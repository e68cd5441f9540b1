package io.kvorum.node.server.tls;

import io.grpc.netty.GrpcSslContexts;
import io.kvorum.node.server.config.Discovery;
import io.kvorum.node.server.config.StartFailure;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/// TLS towards a cluster that this member is only a client of.
public final class DialledTls {

  private DialledTls() {}

  /// A context for a proxy, which follows its files. A certificate that names a user is refused:
  /// whoever comes through the proxy would be that user.
  public static SslContext ofProxy(Discovery.Tls files) {
    return new RenewingSslContext(renewed(files));
  }

  /// The same for other protocols: as the files are whenever somebody asks.
  public static Supplier<SSLContext> contextOfProxy(Discovery.Tls files) {
    Renewed renewed = renewed(files);
    return () -> ofJdk(renewed.get());
  }

  private static Renewed renewed(Discovery.Tls files) {
    return new Renewed(
        List.of(files.certificate(), files.key(), files.authorities()),
        () -> {
          requireNobodysName(files);
          return of("--", files);
        });
  }

  private static void requireNobodysName(Discovery.Tls files) {
    if (files.certificate().isEmpty()) {
      return;
    }
    String name =
        CommonName.of(PemFile.read("--cert", files.certificate()).certificates().getFirst());
    if (!name.isEmpty()) {
      throw StartFailure.configuration(
          ("cert has non empty Common Name (%s): %s;"
                  + " members would take every client of the proxy for that user")
              .formatted(name, files.certificate()));
    }
  }

  /// For other protocols, without a certificate to show.
  ///
  /// @param authorities file with those who are trusted; empty: the JVM's
  public static SSLContext context(String authorities) {
    return ofJdk(of("--", new Discovery.Tls("", "", authorities, false)));
  }

  private static SSLContext ofJdk(SslContext context) {
    if (context instanceof JdkSslContext jdk) {
      return jdk.context();
    }
    throw new IllegalStateException("TLS is the JDK's here");
  }

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
