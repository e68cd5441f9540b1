package io.kvorum.node.server.config;

import java.util.List;

/// The files and rules of TLS on one plane; empty texts are files that were not named.
///
/// @param certificate shown by listeners
/// @param dialCertificate shown when dialling; the listeners' one when empty
/// @param requireClientCertificate whether those who connect must show one
/// @param revocations certificates that are not accepted any more
/// @param cipherSuites empty: those of the JVM
/// @param maxVersion empty: the highest there is
/// @param selfSignedYears how long a pair is valid that the member makes itself; 0: it makes none
public record TlsFiles(
    String certificate,
    String key,
    String dialCertificate,
    String dialKey,
    String authorities,
    boolean requireClientCertificate,
    String revocations,
    List<String> allowedCommonNames,
    List<String> allowedHostnames,
    List<String> cipherSuites,
    String minVersion,
    String maxVersion,
    int selfSignedYears) {

  public TlsFiles {
    allowedCommonNames = List.copyOf(allowedCommonNames);
    allowedHostnames = List.copyOf(allowedHostnames);
    cipherSuites = List.copyOf(cipherSuites);
  }

  /// Whether the member makes its pair itself.
  public boolean isSelfSigned() {
    return selfSignedYears > 0;
  }

  /// The same with a pair to listen and to dial with.
  public TlsFiles withPair(String newCertificate, String newKey) {
    return new TlsFiles(
        newCertificate,
        newKey,
        dialCertificate,
        dialKey,
        authorities,
        requireClientCertificate,
        revocations,
        allowedCommonNames,
        allowedHostnames,
        cipherSuites,
        minVersion,
        maxVersion,
        selfSignedYears);
  }

  /// Whether there is a key to listen with.
  public boolean canListen() {
    return !certificate.isEmpty() && !key.isEmpty();
  }

  /// Refuses versions and suites that exclude each other.
  ///
  /// @param suitesFlag by which the suites are chosen
  void requireSense(String suitesFlag) {
    if (maxVersion.equals("TLS1.2") && minVersion.equals("TLS1.3")) {
      throw StartFailure.configuration(
          "--tls-min-version=TLS1.3 is above --tls-max-version=TLS1.2");
    }
    if (!cipherSuites.isEmpty() && minVersion.equals("TLS1.3")) {
      throw StartFailure.configuration(
          suitesFlag
              + " cannot be chosen for TLS 1.3: leave it out or set --tls-min-version=TLS1.2");
    }
  }

  /// Refuses a certificate without its key, and a key without its certificate.
  static void requireBoth(String certificate, String certificateFlag, String key, String keyFlag) {
    if (certificate.isEmpty() != key.isEmpty()) {
      String set = certificate.isEmpty() ? keyFlag : certificateFlag;
      String missing = certificate.isEmpty() ? certificateFlag : keyFlag;
      throw StartFailure.configuration(
          "--" + set + " is set and --" + missing + " is not: set both or none");
    }
  }
}
