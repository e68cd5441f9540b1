package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.store.Key;
import io.kvorum.localkube.store.ObjectStore;
import io.kvorum.localkube.store.Stored;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Bearer tokens: one for the administrator, and signed ones for service accounts.
public final class Tokens {

  private static final String ALGORITHM = "HmacSHA256";
  private static final int KEY_BYTES = 32;
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final ObjectStore store;
  private final byte[] key;

  /// @param keyFile holds the secret that signs; made when it is absent
  public Tokens(ObjectStore store, Path keyFile) {
    this.store = store;
    this.key = key(keyFile);
  }

  private static byte[] key(Path file) {
    try {
      if (!Files.exists(file)) {
        byte[] fresh = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(fresh);
        Files.write(file, fresh);
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read or make the key " + file, e);
    }
  }

  public String admin() {
    return "admin." + ENCODER.encodeToString(sign("admin"));
  }

  /// A token of a service account, valid for so long.
  public String serviceAccount(String namespace, String name, String uid, long seconds) {
    long now = Instant.now().getEpochSecond();
    ObjectNode claims = Json.object();
    claims.put("iss", "https://kubernetes.default.svc");
    claims.put("sub", "system:serviceaccount:" + namespace + ":" + name);
    claims.put("iat", now);
    claims.put("exp", now + seconds);
    ObjectNode account =
        claims.putObject("kubernetes.io").put("namespace", namespace).putObject("serviceaccount");
    account.put("name", name).put("uid", uid);
    String body = encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "." + encode(claims.toString());
    return body + "." + ENCODER.encodeToString(sign(body));
  }

  /// Whose token this is; empty when it is nobody's, or not any more.
  public Optional<User> authenticate(String token) {
    if (same(token, admin())) {
      return Optional.of(User.ADMIN);
    }
    int dot = token.lastIndexOf('.');
    if (dot < 0
        || !same(token.substring(dot + 1), ENCODER.encodeToString(sign(token.substring(0, dot))))) {
      return Optional.empty();
    }
    try {
      JsonNode claims =
          Json.parse(Base64.getUrlDecoder().decode(token.substring(token.indexOf('.') + 1, dot)));
      return account(claims);
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private Optional<User> account(JsonNode claims) {
    if (Json.number(claims, 0, "exp") < Instant.now().getEpochSecond()) {
      return Optional.empty();
    }
    JsonNode bound = claims.path("kubernetes.io");
    String namespace = Json.text(bound, "namespace");
    String name = Json.text(bound, "serviceaccount", "name");
    String uid = Json.text(bound, "serviceaccount", "uid");
    return store
        .get(new Key("serviceaccounts", namespace, name))
        .map(Stored::uid)
        .filter(uid::equals)
        .map(_ -> User.serviceAccount(namespace, name));
  }

  private static String encode(String text) {
    return ENCODER.encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private byte[] sign(String text) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }

  private static boolean same(String a, String b) {
    return MessageDigest.isEqual(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }
}
