package io.kvorum.node.server.tls;

import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// The common name in the certificate that the other side of a connection has shown.
public final class CommonName {

  private CommonName() {}

  /// Empty when there is no such name, no certificate, or no TLS.
  public static String of(@Nullable SSLSession session) {
    if (session == null) {
      return "";
    }
    try {
      Certificate leaf = session.getPeerCertificates()[0];
      return leaf instanceof X509Certificate x509
          ? commonName(x509.getSubjectX500Principal().getName())
          : "";
    } catch (SSLPeerUnverifiedException noCertificate) {
      return "";
    }
  }

  private static String commonName(String subject) {
    try {
      for (Rdn part : new LdapName(subject).getRdns()) {
        if (part.getType().equalsIgnoreCase("CN") && part.getValue() instanceof String name) {
          return name;
        }
      }
      return "";
    } catch (InvalidNameException unreadable) {
      return "";
    }
  }
}
