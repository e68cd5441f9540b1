package io.kvorum.node.server.auth;

import io.kvorum.node.server.config.SignMethod;
import io.kvorum.node.server.config.StartFailure;
import io.kvorum.node.server.config.TokenSpec;
import io.kvorum.node.server.tls.PemFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Signs and verifies with the keys of JSON web tokens.
final class JwtKeys {
  private static final byte[] PROBE = {1, 2, 3};

  private final SignMethod method;
  private final @Nullable Key signing;
  private final Key verifying;

  private JwtKeys(SignMethod method, @Nullable Key signing, Key verifying) {
    this.method = method;
    this.signing = signing;
    this.verifying = verifying;
  }

  /// Reads the files and checks that the keys fit the method and each other.
  static JwtKeys read(TokenSpec.Jwt spec) {
    if (spec.method().family() == SignMethod.Family.HMAC) {
      var secret = new SecretKeySpec(secret(spec.privateKeyFile()), macName(spec.method()));
      return new JwtKeys(spec.method(), secret, secret);
    }
    String file = spec.privateKeyFile();
    PrivateKey signing = file.isEmpty() ? null : PemFile.read("--auth-token priv-key", file).key();
    PublicKey verifying =
        spec.publicKeyFile().isEmpty()
            ? PemFile.read("--auth-token priv-key", file).publicKeyOfPrivate()
            : PemFile.read("--auth-token pub-key", spec.publicKeyFile()).publicKey();
    var keys = new JwtKeys(spec.method(), signing, verifying);
    keys.requireFit();
    return keys;
  }

  private static byte[] secret(String file) {
    try {
      byte[] secret = Files.readAllBytes(Path.of(file));
      if (secret.length > 0) {
        return secret;
      }
    } catch (IOException e) {
      throw StartFailure.configuration(
          "--auth-token priv-key=" + file + ": cannot be read: " + e.getMessage());
    }
    throw StartFailure.configuration("--auth-token priv-key=" + file + ": is empty");
  }

  private void requireFit() {
    try {
      if (signing == null) {
        signature().initVerify((PublicKey) verifying);
      } else if (!verify(PROBE, sign(PROBE))) {
        throw StartFailure.configuration("--auth-token: pub-key and priv-key are no pair");
      }
    } catch (GeneralSecurityException | IllegalStateException e) {
      throw StartFailure.configuration(
          "--auth-token: the key does not fit sign-method=" + method + ": " + e.getMessage());
    }
  }

  boolean canSign() {
    return signing != null;
  }

  byte[] sign(byte[] content) {
    try {
      if (method.family() == SignMethod.Family.HMAC) {
        return mac(content);
      }
      Signature signature = signature();
      signature.initSign((PrivateKey) signing);
      signature.update(content);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot sign with " + method, e);
    }
  }

  boolean verify(byte[] content, byte[] signed) {
    try {
      if (method.family() == SignMethod.Family.HMAC) {
        return MessageDigest.isEqual(mac(content), signed);
      }
      Signature signature = signature();
      signature.initVerify((PublicKey) verifying);
      signature.update(content);
      return signature.verify(signed);
    } catch (SignatureException malformed) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot verify with " + method, e);
    }
  }

  private byte[] mac(byte[] content) throws GeneralSecurityException {
    Mac mac = Mac.getInstance(macName(method));
    mac.init(verifying);
    return mac.doFinal(content);
  }

  private static String macName(SignMethod method) {
    return "HmacSHA" + method.bits();
  }

  private Signature signature() throws GeneralSecurityException {
    int bits = method.bits();
    return switch (method.family()) {
      case RSA -> Signature.getInstance("SHA" + bits + "withRSA");
      case ECDSA -> Signature.getInstance("SHA" + bits + "withECDSAinP1363Format");
      case EDDSA -> Signature.getInstance("Ed25519");
      case RSA_PSS -> {
        Signature signature = Signature.getInstance("RSASSA-PSS");
        String hash = "SHA-" + bits;
        signature.setParameter(
            new PSSParameterSpec(
                hash,
                "MGF1",
                new MGF1ParameterSpec(hash),
                bits / Byte.SIZE,
                PSSParameterSpec.TRAILER_FIELD_BC));
        yield signature;
      }
      case HMAC -> throw new GeneralSecurityException("a secret does not sign");
    };
  }
}
