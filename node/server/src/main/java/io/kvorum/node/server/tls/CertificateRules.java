package io.kvorum.node.server.tls;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/// Whom a plane takes of those that its authorities trust: who is not revoked, and has one of the
/// names that were asked for.
///
/// @param revocations the file that lists them; empty: nobody is revoked
/// @param commonNames empty: any will do, and so with host names
record CertificateRules(String revocations, List<String> commonNames, List<String> hostnames) {

  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;

  void check(X509Certificate[] chain) throws CertificateException {
    if (!revocations.isEmpty()) {
      checkRevocation(chain);
    }
    String own = CommonName.of(chain[0]);
    if (!commonNames.isEmpty() && !commonNames.contains(own)) {
      throw new CertificateException("common name " + own + " is not one of " + commonNames);
    }
    if (!hostnames.isEmpty() && hostnames.stream().noneMatch(name -> carries(chain[0], name))) {
      throw new CertificateException("the certificate carries none of " + hostnames);
    }
  }

  /// Read on every handshake: whoever revokes a certificate writes the file and is done.
  private void checkRevocation(X509Certificate[] chain) throws CertificateException {
    try (InputStream in = Files.newInputStream(Path.of(revocations))) {
      var list = (X509CRL) CertificateFactory.getInstance("X.509").generateCRL(in);
      for (X509Certificate certificate : chain) {
        if (list.getRevokedCertificate(certificate.getSerialNumber()) != null) {
          throw new CertificateException(
              "certificate " + certificate.getSerialNumber().toString(16) + " is revoked");
        }
      }
    } catch (IOException | CRLException e) {
      throw new CertificateException("cannot read the revocations in " + revocations, e);
    }
  }

  private static boolean carries(X509Certificate certificate, String wanted) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names != null && names.stream().anyMatch(name -> matches(name, wanted));
    } catch (CertificateException _) {
      return false;
    }
  }

  private static boolean matches(List<?> name, String wanted) {
    String value = String.valueOf(name.get(1)).toLowerCase(Locale.ROOT);
    String lower = wanted.toLowerCase(Locale.ROOT);
    if (name.getFirst().equals(DNS_NAME)) {
      int dot = lower.indexOf('.');
      return value.equals(lower)
          || (value.startsWith("*.") && dot > 0 && value.substring(1).equals(lower.substring(dot)));
    }
    return name.getFirst().equals(IP_ADDRESS) && sameAddress(value, lower);
  }

  private static boolean sameAddress(String left, String right) {
    try {
      return InetAddress.ofLiteral(left).equals(InetAddress.ofLiteral(right));
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
