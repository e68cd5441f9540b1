package io.kvorum.node.server.auth;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.kvorum.node.core.kv.Accounts;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Identity;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.server.config.TokenSpec;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.LongSupplier;

/// JSON web tokens (RFC 7519) with the claims `username`, `revision` and `exp`. They prove
/// themselves: members only share the keys.
///
/// The algorithm is the configured one; what a token's own header says must be the same.
final class JwtTokens implements Tokens {
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
  private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

  private final TokenSpec.Jwt spec;
  private final JwtKeys keys;
  private final LongSupplier unixSeconds;

  JwtTokens(TokenSpec.Jwt spec, JwtKeys keys, LongSupplier unixSeconds) {
    this.spec = spec;
    this.keys = keys;
    this.unixSeconds = unixSeconds;
  }

  @Override
  public Draft draft() {
    if (!keys.canSign()) {
      throw new UnsupportedOperationException("this member has no private key for tokens");
    }
    return new Draft() {
      @Override
      public Bytes digest() {
        return Bytes.EMPTY;
      }

      @Override
      public String finish(Outcome.Authenticated authenticated) {
        return signed(authenticated.user(), authenticated.authRevision());
      }
    };
  }

  private String signed(String user, long authRevision) {
    var header = new JsonObject();
    header.addProperty("alg", spec.method().name());
    header.addProperty("typ", "JWT");
    var claims = new JsonObject();
    claims.addProperty("exp", unixSeconds.getAsLong() + spec.ttl().toSeconds());
    claims.addProperty("revision", authRevision);
    claims.addProperty("username", user);
    String content = encoded(header) + "." + encoded(claims);
    byte[] signature = keys.sign(content.getBytes(StandardCharsets.US_ASCII));
    return content + "." + ENCODER.encodeToString(signature);
  }

  private static String encoded(JsonObject object) {
    return ENCODER.encodeToString(object.toString().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public Resolution resolve(String token, Accounts accounts) {
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      return BAD;
    }
    try {
      byte[] signature = DECODER.decode(parts[2]);
      byte[] content = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
      boolean genuine =
          spec.method().name().equals(text(decoded(parts[0]), "alg"))
              && keys.verify(content, signature);
      return genuine ? claimed(decoded(parts[1])) : BAD;
    } catch (IllegalArgumentException | IllegalStateException | JsonParseException malformed) {
      return BAD;
    }
  }

  private Resolution claimed(JsonObject claims) {
    boolean expired = number(claims, "exp") <= unixSeconds.getAsLong();
    String user = text(claims, "username");
    long revision = number(claims, "revision");
    return expired || user.isEmpty() || revision <= 0
        ? BAD
        : new Resolution.Good(new Identity(user, revision));
  }

  private static JsonObject decoded(String part) {
    return JsonParser.parseString(new String(DECODER.decode(part), StandardCharsets.UTF_8))
        .getAsJsonObject();
  }

  private static String text(JsonObject object, String name) {
    return object.get(name) instanceof JsonPrimitive value && value.isString()
        ? value.getAsString()
        : "";
  }

  /// 0 when it is missing or no number.
  private static long number(JsonObject object, String name) {
    JsonElement value = object.get(name);
    return value instanceof JsonPrimitive number && number.isNumber()
        ? number.getAsBigDecimal().longValue()
        : 0;
  }
}
