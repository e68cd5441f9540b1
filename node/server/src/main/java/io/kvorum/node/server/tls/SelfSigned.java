package io.kvorum.node.server.tls;

import static io.kvorum.node.server.config.StartFailure.configuration;

import io.kvorum.node.server.config.TlsFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;

/// A key and a certificate that a member makes for itself (`--auto-tls`, `--peer-auto-tls`). They
/// encrypt and prove nothing about who is there. They stay in the data directory, so that a restart
/// shows the same certificate.
final class SelfSigned {

  private static final String CERTIFICATE = "cert.pem";
  private static final String KEY = "key.pem";

  /// From this year on a certificate writes its dates in four digits.
  private static final int YEAR_OF_LONG_DATES = 2050;

  private static final byte[] ECDSA_WITH_SHA256 =
      Der.sequence(oid(0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2));
  private static final byte[] ORGANIZATION = oid(0x55, 4, 0x0A);
  private static final byte[] BASIC_CONSTRAINTS = oid(0x55, 0x1D, 0x13);
  private static final byte[] KEY_USAGE = oid(0x55, 0x1D, 0x0F);
  private static final byte[] EXTENDED_KEY_USAGE = oid(0x55, 0x1D, 0x25);
  private static final byte[] ALTERNATIVE_NAMES = oid(0x55, 0x1D, 0x11);
  private static final byte[] SERVER_AUTH = oid(0x2B, 6, 1, 5, 5, 7, 3, 1);
  private static final byte[] CLIENT_AUTH = oid(0x2B, 6, 1, 5, 5, 7, 3, 2);
  private static final byte[] CRITICAL = Der.encode(Der.BOOLEAN, new byte[] {(byte) 0xFF});

  private SelfSigned() {}

  /// The plane's files with a pair of its own in the folder; the one that is there if it is valid
  /// still, else a new one.
  ///
  /// @param hosts names and addresses that the certificate carries
  static TlsFiles within(Path folder, TlsFiles files, List<String> hosts) {
    Path certificate = folder.resolve(CERTIFICATE);
    Path key = folder.resolve(KEY);
    try {
      if (!isUsable(certificate, key)) {
        create(folder, hosts, files.selfSignedYears());
      }
    } catch (IOException | GeneralSecurityException e) {
      throw configuration("cannot make a certificate in " + folder + ": " + e.getMessage());
    }
    return files.withPair(certificate.toString(), key.toString());
  }

  private static boolean isUsable(Path certificate, Path key) {
    return Files.exists(certificate)
        && Files.exists(key)
        && PemFile.read("--auto-tls", certificate.toString())
            .certificates()
            .getFirst()
            .getNotAfter()
            .toInstant()
            .isAfter(Instant.now());
  }

  private static void create(Path folder, List<String> hosts, int years)
      throws IOException, GeneralSecurityException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    byte[] certificate = certificate(pair, hosts, ZonedDateTime.now(ZoneOffset.UTC), years);
    // The key first: a certificate without its key would look like a pair that was damaged.
    Path key = folder.resolve(KEY);
    Files.deleteIfExists(folder.resolve(CERTIFICATE));
    Files.deleteIfExists(key);
    Files.createFile(
        key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(key, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
    Files.writeString(folder.resolve(CERTIFICATE), pem("CERTIFICATE", certificate));
  }

  private static String pem(String what, byte[] bytes) {
    String body =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(bytes);
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(what, body, what);
  }

  private static byte[] certificate(KeyPair pair, List<String> hosts, ZonedDateTime now, int years)
      throws GeneralSecurityException {
    byte[] name =
        Der.sequence(
            Der.encode(
                Der.SET,
                Der.sequence(
                    ORGANIZATION,
                    Der.encode(Der.TEXT, "kvorum".getBytes(StandardCharsets.US_ASCII)))));
    byte[] content =
        Der.sequence(
            Der.encode(Der.TAGGED, Der.encode(Der.INTEGER, new byte[] {2})),
            Der.encode(Der.INTEGER, new BigInteger(127, new SecureRandom()).toByteArray()),
            ECDSA_WITH_SHA256,
            name,
            Der.sequence(date(now.minusMinutes(1)), date(now.plusYears(years))),
            name,
            pair.getPublic().getEncoded(),
            Der.encode(Der.TAGGED | 3, extensions(hosts)));
    var signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(pair.getPrivate());
    signature.update(content);
    return Der.sequence(content, ECDSA_WITH_SHA256, bits(0, signature.sign()));
  }

  private static byte[] date(ZonedDateTime time) {
    boolean isLong = time.getYear() >= YEAR_OF_LONG_DATES;
    String text =
        DateTimeFormatter.ofPattern(isLong ? "yyyyMMddHHmmss'Z'" : "yyMMddHHmmss'Z'").format(time);
    return Der.encode(
        isLong ? Der.LONG_DATE : Der.SHORT_DATE, text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] extensions(List<String> hosts) {
    byte[] signsAndEnciphers = bits(5, new byte[] {(byte) 0xA0});
    return Der.sequence(
        Der.sequence(KEY_USAGE, CRITICAL, Der.encode(Der.OCTETS, signsAndEnciphers)),
        Der.sequence(
            EXTENDED_KEY_USAGE, Der.encode(Der.OCTETS, Der.sequence(SERVER_AUTH, CLIENT_AUTH))),
        Der.sequence(BASIC_CONSTRAINTS, CRITICAL, Der.encode(Der.OCTETS, Der.sequence())),
        Der.sequence(ALTERNATIVE_NAMES, Der.encode(Der.OCTETS, names(hosts))));
  }

  private static byte[] names(List<String> hosts) {
    var names = new ByteArrayOutputStream();
    for (String host : hosts) {
      names.writeBytes(name(host));
    }
    return Der.encode(Der.SEQUENCE, names.toByteArray());
  }

  private static byte[] name(String host) {
    try {
      return Der.encode(Der.ADDRESS_NAME, InetAddress.ofLiteral(host).getAddress());
    } catch (IllegalArgumentException noAddress) {
      return Der.encode(Der.HOST_NAME, host.getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static byte[] bits(int unused, byte[] bytes) {
    var content = new ByteArrayOutputStream();
    content.write(unused);
    content.writeBytes(bytes);
    return Der.encode(Der.BITS, content.toByteArray());
  }

  private static byte[] oid(int... bytes) {
    var content = new ByteArrayOutputStream();
    for (int value : bytes) {
      content.write(value);
    }
    return Der.encode(Der.OBJECT_ID, content.toByteArray());
  }
}
