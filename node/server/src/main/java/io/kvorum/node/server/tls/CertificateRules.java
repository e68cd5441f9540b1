package io.kvorum.node.server.tls;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
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
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// Trusts whom the authorities trust, and of those only the ones the rules allow: not revoked, and
/// with one of the names that were asked for.
final class CertificateRules extends X509ExtendedTrustManager {

  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;

  private final X509ExtendedTrustManager authorities;
  private final String revocations;
  private final List<String> commonNames;
  private final List<String> hostnames;

  CertificateRules(
      X509ExtendedTrustManager authorities,
      String revocations,
      List<String> commonNames,
      List<String> hostnames) {
    this.authorities = authorities;
    this.revocations = revocations;
    this.commonNames = commonNames;
    this.hostnames = hostnames;
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    authorities.checkClientTrusted(chain, type, engine);
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    authorities.checkClientTrusted(chain, type, socket);
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    authorities.checkClientTrusted(chain, type);
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    authorities.checkServerTrusted(chain, type, engine);
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    authorities.checkServerTrusted(chain, type, socket);
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    authorities.checkServerTrusted(chain, type);
    check(chain);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return authorities.getAcceptedIssuers();
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    if (!revocations.isEmpty()) {
      checkRevocation(chain);
    }
    if (!commonNames.isEmpty() && !commonNames.contains(commonName(chain[0]))) {
      throw new CertificateException(
          "common name " + commonName(chain[0]) + " is not one of " + commonNames);
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

  private static String commonName(X509Certificate certificate) throws CertificateException {
    try {
      var names = new LdapName(certificate.getSubjectX500Principal().getName());
      for (Rdn part : names.getRdns()) {
        if (part.getType().equalsIgnoreCase("CN")) {
          return part.getValue().toString();
        }
      }
      return "";
    } catch (InvalidNameException e) {
      throw new CertificateException("the subject is no name", e);
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
