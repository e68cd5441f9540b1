package io.kvorum.node.server.tls;

import io.netty.handler.ssl.SslContext;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.function.Supplier;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// TLS of listeners: what they show, and who may stay when the handshake is over.
///
/// The handshake alone does not decide: of a client that resumes an earlier session the JDK asks
/// nothing, so a certificate that was revoked meanwhile, or has expired, would go on for as long as
/// the session may be resumed.
public final class AcceptingTls {

  private final Supplier<SslContext> contexts;
  private final CertificateRules rules;
  private final boolean requireCertificate;

  AcceptingTls(Supplier<SslContext> contexts, CertificateRules rules, boolean requireCertificate) {
    this.contexts = contexts;
    this.rules = rules;
    this.requireCertificate = requireCertificate;
  }

  /// For the next connection.
  public SslContext context() {
    return contexts.get();
  }

  /// Why a connection whose handshake is over must not be served; null when it may.
  public @Nullable String refusal(SSLSession session) {
    try {
      Certificate[] shown = session.getPeerCertificates();
      var chain = Arrays.copyOf(shown, shown.length, X509Certificate[].class);
      for (X509Certificate certificate : chain) {
        certificate.checkValidity();
      }
      rules.check(chain);
      return null;
    } catch (SSLPeerUnverifiedException noCertificate) {
      return requireCertificate ? "no certificate was shown" : null;
    } catch (CertificateException | ArrayStoreException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
