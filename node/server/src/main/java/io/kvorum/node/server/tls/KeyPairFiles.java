package io.kvorum.node.server.tls;

import io.kvorum.node.server.config.StartFailure;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/// A certificate chain and its key, read and compared.
record KeyPairFiles(List<X509Certificate> chain, PrivateKey key) {

  /// Reads both files and checks that they belong together and are valid now.
  static KeyPairFiles read(String certificateFlag, String certificate, String keyFlag, String key) {
    var pair =
        new KeyPairFiles(
            PemFile.read(certificateFlag, certificate).certificates(),
            PemFile.read(keyFlag, key).key());
    pair.requireMatch(certificateFlag + "=" + certificate, keyFlag + "=" + key);
    pair.requireValid(certificateFlag + "=" + certificate);
    return pair;
  }

  private X509Certificate leaf() {
    return chain.getFirst();
  }

  private void requireMatch(String certificate, String keyFile) {
    byte[] probe = {1, 2, 3};
    try {
      Signature signature = Signature.getInstance(algorithm());
      signature.initSign(key);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(leaf().getPublicKey());
      signature.update(probe);
      if (signature.verify(signed)) {
        return;
      }
    } catch (GeneralSecurityException _) {
      // A key of another kind fails already when it signs or verifies; said below.
    }
    throw StartFailure.configuration(
        keyFile
            + " is not the key of "
            + certificate
            + " ("
            + leaf().getSubjectX500Principal()
            + ")");
  }

  private String algorithm() {
    return switch (leaf().getPublicKey().getAlgorithm()) {
      case "EC" -> "SHA256withECDSA";
      case "RSA" -> "SHA256withRSA";
      case String other -> other;
    };
  }

  private void requireValid(String certificate) {
    Instant now = Instant.now();
    if (now.isAfter(leaf().getNotAfter().toInstant())) {
      throw StartFailure.configuration(
          certificate + " expired at " + leaf().getNotAfter().toInstant() + ": issue a new one");
    }
    if (now.isBefore(leaf().getNotBefore().toInstant())) {
      throw StartFailure.configuration(
          certificate
              + " is valid only from "
              + leaf().getNotBefore().toInstant()
              + ": check this machine's clock");
    }
  }
}
