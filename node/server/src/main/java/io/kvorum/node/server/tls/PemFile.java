package io.kvorum.node.server.tls;

import io.kvorum.node.server.config.StartFailure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads PEM files: certificates, and keys in the forms that tools write (PKCS #8, PKCS #1, SEC 1).
public final class PemFile {

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  /// 1.2.840.113549.1.1.1 with its NULL parameters: rsaEncryption.
  private static final byte[] RSA =
      Der.sequence(
          Der.encode(
              Der.OBJECT_ID,
              new byte[] {0x2A, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xF7, 0x0D, 1, 1, 1}),
          new byte[] {0x05, 0x00});

  /// 1.2.840.10045.2.1: ecPublicKey.
  private static final byte[] EC =
      Der.encode(Der.OBJECT_ID, new byte[] {0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 2, 1});

  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");
  private static final byte[] VERSION = Der.encode(Der.INTEGER, new byte[] {0});

  private final String flag;
  private final String path;
  private final String text;

  private PemFile(String flag, String path, String text) {
    this.flag = flag;
    this.path = path;
    this.text = text;
  }

  /// Reads the file that a flag names.
  public static PemFile read(String flag, String path) {
    try {
      return new PemFile(flag, path, Files.readString(Path.of(path), StandardCharsets.ISO_8859_1));
    } catch (NoSuchFileException _) {
      throw StartFailure.configuration(flag + "=" + path + ": no such file");
    } catch (IOException e) {
      throw StartFailure.configuration(flag + "=" + path + ": cannot be read: " + e.getMessage());
    }
  }

  public List<X509Certificate> certificates() {
    var certificates = new ArrayList<X509Certificate>();
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      if (block.group(1).equals("CERTIFICATE")) {
        certificates.add(certificate(base64(block.group(2))));
      }
    }
    if (certificates.isEmpty()) {
      throw failure("holds no certificate (expected -----BEGIN CERTIFICATE-----)");
    }
    return certificates;
  }

  public PrivateKey key() {
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      byte[] bytes = base64(block.group(2));
      switch (block.group(1)) {
        case "PRIVATE KEY" -> {
          return privateKey(bytes);
        }
        case "RSA PRIVATE KEY" -> {
          return privateKey(Der.sequence(VERSION, RSA, Der.encode(Der.OCTETS, bytes)));
        }
        case "EC PRIVATE KEY" -> {
          return privateKey(fromSec1(bytes));
        }
        case "ENCRYPTED PRIVATE KEY" ->
            throw failure("is encrypted; a member cannot ask for its password, write it in clear");
        case String _ -> {}
      }
    }
    throw failure("holds no private key (expected -----BEGIN PRIVATE KEY-----)");
  }

  /// The public key, alone or in a certificate.
  public PublicKey publicKey() {
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      byte[] bytes = base64(block.group(2));
      switch (block.group(1)) {
        case "CERTIFICATE" -> {
          return certificate(bytes).getPublicKey();
        }
        case "PUBLIC KEY" -> {
          return publicKey(bytes);
        }
        case "RSA PUBLIC KEY" -> {
          var withoutUnusedBits = new byte[bytes.length + 1];
          System.arraycopy(bytes, 0, withoutUnusedBits, 1, bytes.length);
          return publicKey(Der.sequence(RSA, Der.encode(Der.BITS, withoutUnusedBits)));
        }
        case String _ -> {}
      }
    }
    throw failure("holds no public key (expected -----BEGIN PUBLIC KEY-----)");
  }

  private PublicKey publicKey(byte[] encoded) {
    var specification = new X509EncodedKeySpec(encoded);
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePublic(specification);
      } catch (InvalidKeySpecException _) {
        // Another algorithm's key: the next one is tried, and none means failure below.
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every JDK has " + algorithm, e);
      }
    }
    throw failure("holds a public key that is damaged or of an unknown kind");
  }

  /// The public half of an RSA key; of others it can't be had from the private one alone.
  public PublicKey publicKeyOfPrivate() {
    if (key() instanceof RSAPrivateCrtKey rsa) {
      try {
        return KeyFactory.getInstance("RSA")
            .generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent()));
      } catch (GeneralSecurityException e) {
        throw failure("holds a damaged RSA key: " + e.getMessage());
      }
    }
    throw failure("is not enough for keys other than RSA: name the public key, too");
  }

  private byte[] fromSec1(byte[] bytes) {
    try {
      for (Der.Value part : Der.decode(Der.decode(bytes).getFirst().content())) {
        if (part.tag() == Der.PARAMETERS) {
          return Der.sequence(
              VERSION, Der.sequence(EC, part.content()), Der.encode(Der.OCTETS, bytes));
        }
      }
    } catch (IllegalArgumentException e) {
      throw failure("holds a damaged EC key");
    }
    throw failure("holds an EC key that does not name its curve");
  }

  private PrivateKey privateKey(byte[] pkcs8) {
    var specification = new PKCS8EncodedKeySpec(pkcs8);
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(specification);
      } catch (InvalidKeySpecException _) {
        // Another algorithm's key: the next one is tried, and none means failure below.
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every JDK has " + algorithm, e);
      }
    }
    throw failure("holds a private key that is damaged or of an unknown kind");
  }

  private X509Certificate certificate(byte[] der) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw failure("holds a damaged certificate: " + e.getMessage());
    }
  }

  private byte[] base64(String body) {
    try {
      return Base64.getMimeDecoder().decode(body);
    } catch (IllegalArgumentException _) {
      throw failure("holds a block that is not base64");
    }
  }

  private StartFailure failure(String what) {
    return StartFailure.configuration(flag + "=" + path + " " + what);
  }
}
