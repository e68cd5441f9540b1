package io.kvorum.node.server.tls;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// The common name in a certificate. Of several it is the last one of the subject, as for etcd: who
/// has a certificate must not be somebody else here.
public final class CommonName {

  /// 2.5.4.3
  private static final byte[] COMMON_NAME = {0x55, 0x04, 0x03};

  private CommonName() {}

  /// Of the certificate that the other side of a connection has shown; empty when there is no such
  /// name, no certificate, or no TLS.
  public static String of(@Nullable SSLSession session) {
    if (session == null) {
      return "";
    }
    try {
      Certificate leaf = session.getPeerCertificates()[0];
      return leaf instanceof X509Certificate x509 ? of(x509) : "";
    } catch (SSLPeerUnverifiedException noCertificate) {
      return "";
    }
  }

  /// Empty when the subject has none.
  static String of(X509Certificate certificate) {
    try {
      return last(certificate.getSubjectX500Principal().getEncoded());
    } catch (IllegalArgumentException unreadable) {
      return "";
    }
  }

  /// A subject is a sequence of sets of pairs of a kind and a text.
  private static String last(byte[] subject) {
    String last = "";
    for (Der.Value set : Der.decode(Der.decode(subject).getFirst().content())) {
      for (Der.Value part : Der.decode(set.content())) {
        List<Der.Value> pair = Der.decode(part.content());
        Charset charset = pair.size() == 2 ? charset(pair.getLast()) : null;
        if (charset != null && Arrays.equals(pair.getFirst().content(), COMMON_NAME)) {
          last = new String(pair.getLast().content(), charset);
        }
      }
    }
    return last;
  }

  /// Null for what is no text.
  private static @Nullable Charset charset(Der.Value value) {
    return switch (value.tag()) {
      case Der.TEXT -> StandardCharsets.UTF_8;
      case Der.NUMERIC_TEXT, Der.PRINTABLE_TEXT, Der.LATIN_TEXT, Der.ASCII_TEXT ->
          StandardCharsets.ISO_8859_1;
      case Der.WIDE_TEXT -> StandardCharsets.UTF_16BE;
      default -> null;
    };
  }
}
