package io.kvorum.node.server.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The kind of tokens, as `--auth-token` writes it: `simple`, or
/// `jwt,pub-key=FILE,priv-key=FILE,sign-method=METHOD,ttl=DURATION`.
public sealed interface TokenSpec {

  record Simple() implements TokenSpec {}

  /// An empty file name is no file.
  record Jwt(String publicKeyFile, String privateKeyFile, SignMethod method, Duration ttl)
      implements TokenSpec {}

  Duration DEFAULT_TTL = Duration.ofMinutes(5);
  List<String> OPTIONS = List.of("pub-key", "priv-key", "sign-method", "ttl");

  static TokenSpec parse(String text) {
    String[] parts = text.split(",", -1);
    if (parts[0].equals("simple") || parts[0].isEmpty()) {
      return new Simple();
    }
    if (!parts[0].equals("jwt")) {
      throw failure(text, "expected simple, or jwt with its options");
    }
    var options = new TreeMap<String, String>();
    for (String part : List.of(parts).subList(1, parts.length)) {
      int equals = part.indexOf('=');
      if (equals < 0 || !OPTIONS.contains(part.substring(0, equals))) {
        throw failure(text, "'" + part + "' is no option; there are " + String.join(", ", OPTIONS));
      }
      if (options.put(part.substring(0, equals), part.substring(equals + 1)) != null) {
        throw failure(text, "'" + part.substring(0, equals) + "' is given twice");
      }
    }
    return jwt(text, options);
  }

  private static TokenSpec jwt(String text, Map<String, String> options) {
    String name = options.getOrDefault("sign-method", "");
    SignMethod method =
        SignMethod.named(name)
            .orElseThrow(() -> failure(text, "sign-method must be one of " + SignMethod.names()));
    String publicKey = options.getOrDefault("pub-key", "");
    String privateKey = options.getOrDefault("priv-key", "");
    if (publicKey.isEmpty() && privateKey.isEmpty()) {
      throw failure(text, "a key is needed: pub-key to check tokens, priv-key to give them out");
    }
    if (method.family() == SignMethod.Family.HMAC && privateKey.isEmpty()) {
      throw failure(text, "the secret of " + name + " is named by priv-key");
    }
    return new Jwt(publicKey, privateKey, method, ttl(text, options));
  }

  private static Duration ttl(String text, Map<String, String> options) {
    String ttl = options.get("ttl");
    if (ttl == null) {
      return DEFAULT_TTL;
    }
    try {
      return ValueType.duration(Duration.ofSeconds(1)).parse(ttl);
    } catch (IllegalArgumentException e) {
      throw failure(text, "ttl=" + ttl + ": " + e.getMessage());
    }
  }

  private static StartFailure failure(String text, String what) {
    return StartFailure.configuration("--auth-token=" + text + ": " + what);
  }
}
