package io.kvorum.node.ctl;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Certificates and private keys in PEM files.
///
/// The JDK reads private keys in PKCS#8 only. The tools around etcd write the older forms (RSA's
/// PKCS#1, elliptic curves' SEC 1) as often, so those are wrapped into PKCS#8 here.
final class Pem {

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
  private static final HexFormat HEX = HexFormat.of();

  /// Version 0 and the algorithm rsaEncryption, as DER.
  private static final byte[] RSA_HEAD = HEX.parseHex("020100300d06092a864886f70d0101010500");

  private static final byte[] VERSION = HEX.parseHex("020100");

  /// The object id of elliptic-curve keys, as DER.
  private static final byte[] EC_OID = HEX.parseHex("06072a8648ce3d0201");

  private Pem() {}

  static List<X509Certificate> certificates(String text) throws GeneralSecurityException {
    var factory = CertificateFactory.getInstance("X.509");
    var found = new ArrayList<X509Certificate>();
    Matcher blocks = BLOCK.matcher(text);
    while (blocks.find()) {
      if (blocks.group(1).equals("CERTIFICATE")
          && factory.generateCertificate(new ByteArrayInputStream(decode(blocks.group(2))))
              instanceof X509Certificate certificate) {
        found.add(certificate);
      }
    }
    if (found.isEmpty()) {
      throw new GeneralSecurityException("no certificate in the file");
    }
    return found;
  }

  static PrivateKey privateKey(String text) throws GeneralSecurityException {
    Matcher blocks = BLOCK.matcher(text);
    while (blocks.find()) {
      byte[] der = decode(blocks.group(2));
      switch (blocks.group(1)) {
        case "PRIVATE KEY" -> {
          return key(der);
        }
        case "RSA PRIVATE KEY" -> {
          return key(tagged(0x30, RSA_HEAD, tagged(0x04, der)));
        }
        case "EC PRIVATE KEY" -> {
          byte[] algorithm = tagged(0x30, EC_OID, curve(der));
          return key(tagged(0x30, VERSION, algorithm, tagged(0x04, der)));
        }
        default -> {
          // Parameters and certificates may stand in the same file.
        }
      }
    }
    throw new GeneralSecurityException("no private key (PKCS#8, RSA or EC, unencrypted)");
  }

  private static PrivateKey key(byte[] pkcs8) throws GeneralSecurityException {
    var spec = new PKCS8EncodedKeySpec(pkcs8);
    @Nullable InvalidKeySpecException last = null;
    for (String algorithm : List.of("EC", "RSA", "EdDSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException other) {
        last = other;
      }
    }
    throw new GeneralSecurityException("a private key of an unknown kind", last);
  }

  /// The curve's object id, which SEC 1 keeps behind the tag `[0]`.
  private static byte[] curve(byte[] sec1) throws GeneralSecurityException {
    for (int at = 0; at + 3 < sec1.length; at++) {
      boolean tagged = (sec1[at] & 0xff) == 0xa0 && sec1[at + 2] == 0x06;
      if (tagged && sec1[at + 1] == sec1[at + 3] + 2 && at + 4 + sec1[at + 3] <= sec1.length) {
        var oid = new byte[sec1[at + 1]];
        System.arraycopy(sec1, at + 2, oid, 0, oid.length);
        return oid;
      }
    }
    throw new GeneralSecurityException("an EC private key that names no curve");
  }

  private static byte[] tagged(int tag, byte[]... parts) {
    var content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    var out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.size();
    if (length < 0x80) {
      out.write(length);
    } else {
      out.write(0x82);
      out.write(length >> 8);
      out.write(length);
    }
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }

  private static byte[] decode(String base64) {
    return Base64.getMimeDecoder().decode(base64);
  }
}
