package io.kvorum.node.server.tls;

import io.kvorum.node.server.config.StartFailure;
import io.kvorum.node.server.config.TlsFiles;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// TLS on one plane, made from its files.
final class TlsPlane {

  /// The server's order decides. HTTP/2 serves everybody who offers it, and gRPC clients behind
  /// proxies need it that offer HTTP/1.1 as well.
  private static final List<String> CLIENT_PORT =
      List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1);

  private static final List<String> GRPC_ONLY = List.of(ApplicationProtocolNames.HTTP_2);

  private final String flagPrefix;
  private final TlsFiles files;

  /// @param flagPrefix what the names of this plane's flags begin with: `--` or `--peer-`
  TlsPlane(String flagPrefix, TlsFiles files) {
    this.flagPrefix = flagPrefix;
    this.files = files;
  }

  /// A context for a port that serves HTTP beside gRPC.
  SslContext acceptingClients() {
    return accepting(CLIENT_PORT);
  }

  /// A context for a port that serves gRPC alone.
  SslContext acceptingPeers() {
    return accepting(GRPC_ONLY);
  }

  /// What is asked of those who connect.
  CertificateRules rules() {
    return new CertificateRules(
        files.revocations(), files.allowedCommonNames(), files.allowedHostnames());
  }

  /// A context for dialling.
  SslContext dialling() {
    SslContextBuilder builder = SslContextBuilder.forClient();
    boolean own = !files.dialCertificate().isEmpty();
    if (own || files.canListen()) {
      KeyPairFiles pair = own ? dialPair() : listenPair();
      builder.keyManager(pair.key(), pair.chain());
    }
    boolean nobodyToTrust = files.isSelfSigned() && files.authorities().isEmpty();
    return build(builder, GRPC_ONLY, nobodyToTrust ? new TrustAll() : authorities());
  }

  private SslContext accepting(List<String> protocols) {
    KeyPairFiles pair = listenPair();
    return build(
        SslContextBuilder.forServer(pair.key(), pair.chain())
            .clientAuth(files.requireClientCertificate() ? ClientAuth.REQUIRE : ClientAuth.NONE),
        protocols,
        authorities());
  }

  private KeyPairFiles listenPair() {
    return KeyPairFiles.read(
        flagPrefix + "cert-file", files.certificate(), flagPrefix + "key-file", files.key());
  }

  private KeyPairFiles dialPair() {
    return KeyPairFiles.read(
        flagPrefix + "client-cert-file",
        files.dialCertificate(),
        flagPrefix + "client-key-file",
        files.dialKey());
  }

  private SslContext build(
      SslContextBuilder builder, List<String> protocols, X509ExtendedTrustManager trusted) {
    try {
      return builder
          .sslProvider(SslProvider.JDK)
          .trustManager(new RuledTrust(trusted, rules()))
          .protocols(versions())
          .ciphers(cipherSuites())
          .applicationProtocolConfig(
              new ApplicationProtocolConfig(
                  Protocol.ALPN,
                  SelectorFailureBehavior.NO_ADVERTISE,
                  SelectedListenerFailureBehavior.ACCEPT,
                  protocols))
          .build();
    } catch (SSLException | IllegalArgumentException e) {
      throw StartFailure.configuration(
          "cannot set up TLS from "
              + flagPrefix
              + "cert-file, "
              + flagPrefix
              + "key-file and "
              + "--cipher-suites: "
              + e.getMessage());
    }
  }

  private List<String> versions() {
    var versions = new ArrayList<String>();
    if (files.minVersion().equals("TLS1.2")) {
      versions.add("TLSv1.2");
    }
    if (!files.maxVersion().equals("TLS1.2")) {
      versions.add("TLSv1.3");
    }
    return versions;
  }

  /// The chosen suites, and those of TLS 1.3, which cannot be chosen; null means the JVM's.
  private @Nullable Iterable<String> cipherSuites() {
    if (files.cipherSuites().isEmpty()) {
      return null;
    }
    List<String> known = supportedSuites();
    List<String> chosen = files.cipherSuites().stream().map(TlsPlane::fullName).toList();
    for (String suite : chosen) {
      if (!known.contains(suite)) {
        throw StartFailure.configuration(
            "--cipher-suites has " + suite + ", which is no cipher suite of this JVM");
      }
    }
    var suites = new ArrayList<String>(chosen);
    suites.addAll(
        List.of(
            "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"));
    return suites;
  }

  /// Go knows two suites by a shorter name as well.
  private static String fullName(String suite) {
    return suite.endsWith("_CHACHA20_POLY1305") ? suite + "_SHA256" : suite;
  }

  private static List<String> supportedSuites() {
    try {
      return List.of(SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }

  private X509ExtendedTrustManager authorities() {
    try {
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(files.authorities().isEmpty() ? null : keyStore());
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509ExtendedTrustManager extended) {
          return extended;
        }
      }
      throw new IllegalStateException("the JDK has no X.509 trust manager");
    } catch (GeneralSecurityException | IOException e) {
      throw StartFailure.configuration(
          flagPrefix
              + "trusted-ca-file="
              + files.authorities()
              + " cannot be used: "
              + e.getMessage());
    }
  }

  private KeyStore keyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    List<X509Certificate> certificates =
        PemFile.read(flagPrefix + "trusted-ca-file", files.authorities()).certificates();
    for (int i = 0; i < certificates.size(); i++) {
      store.setCertificateEntry("authority-" + i, certificates.get(i));
    }
    return store;
  }
}
