package io.kvorum.node.server.config;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// The ways to sign a JSON web token, by the names of RFC 7518 and 8037.
public enum SignMethod {
  RS256(Family.RSA, 256),
  RS384(Family.RSA, 384),
  RS512(Family.RSA, 512),
  PS256(Family.RSA_PSS, 256),
  PS384(Family.RSA_PSS, 384),
  PS512(Family.RSA_PSS, 512),
  ES256(Family.ECDSA, 256),
  ES384(Family.ECDSA, 384),
  ES512(Family.ECDSA, 512),
  HS256(Family.HMAC, 256),
  HS384(Family.HMAC, 384),
  HS512(Family.HMAC, 512),
  EdDSA(Family.EDDSA, 512);

  /// What kind of key signs.
  public enum Family {
    RSA,
    RSA_PSS,
    ECDSA,
    HMAC,
    EDDSA
  }

  private final Family family;
  private final int bits;

  SignMethod(Family family, int bits) {
    this.family = family;
    this.bits = bits;
  }

  public Family family() {
    return family;
  }

  /// The length of the hash that is signed.
  public int bits() {
    return bits;
  }

  static Optional<SignMethod> named(String name) {
    return Arrays.stream(values()).filter(method -> method.name().equals(name)).findFirst();
  }

  static String names() {
    return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
  }
}
