package io.kvorum.node.server.auth;

import io.kvorum.node.core.kv.Accounts;
import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Identity;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.server.stage.StateObserver;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/// Tokens that mean nothing by themselves: sixteen letters, a dot, and the index of the log entry
/// that made them. Each member learns of them as it applies that entry, and forgets them when they
/// have not been shown to it for their time to live, or when it stops.
///
/// The log holds digests only: who can read it can't act for a user.
final class SimpleTokens implements Tokens, StateObserver {
  private static final int LETTERS = 16;
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  private static final int MAX_INDEX_DIGITS = 19;

  private final long ttlNanos;
  private final LongSupplier nanoTime;
  private final SecureRandom random = new SecureRandom();
  private final Map<Bytes, Given> given = new ConcurrentHashMap<>();

  /// A token that was given out.
  private static final class Given {
    private final String user;
    private final long authRevision;
    private final long index;
    private volatile long expiresNanos;

    Given(String user, long authRevision, long index, long expiresNanos) {
      this.user = user;
      this.authRevision = authRevision;
      this.index = index;
      this.expiresNanos = expiresNanos;
    }
  }

  /// The tokens of every entry up to here are known. Callers hear of an entry a moment earlier.
  private volatile long heardIndex;

  SimpleTokens(Duration ttl, LongSupplier nanoTime, long appliedIndex) {
    this.ttlNanos = ttl.toNanos();
    this.nanoTime = nanoTime;
    this.heardIndex = appliedIndex;
  }

  long heardIndex() {
    return heardIndex;
  }

  @Override
  public Draft draft() {
    var letters = new StringBuilder(LETTERS);
    for (int i = 0; i < LETTERS; i++) {
      letters.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    Bytes digest = digest(letters.toString());
    return new Draft() {
      @Override
      public Bytes digest() {
        return digest;
      }

      @Override
      public String finish(Outcome.Authenticated authenticated) {
        return letters + "." + authenticated.index();
      }
    };
  }

  private static Bytes digest(String letters) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return Bytes.wrap(sha256.digest(letters.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }

  @Override
  public Resolution resolve(String token, Accounts accounts) {
    int digits = token.length() - LETTERS - 1;
    if (digits < 1 || digits > MAX_INDEX_DIGITS || token.charAt(LETTERS) != '.') {
      return BAD;
    }
    long index;
    try {
      index = Long.parseLong(token, LETTERS + 1, token.length(), 10);
    } catch (NumberFormatException notANumber) {
      return BAD;
    }
    // Read before the table: a token of an entry up to here is in it, or is none.
    long heard = heardIndex;
    Given known = given.get(digest(token.substring(0, LETTERS)));
    if (known == null) {
      return index > heard ? new Resolution.Later(index) : BAD;
    }
    long now = nanoTime.getAsLong();
    if (known.index != index
        || now - known.expiresNanos >= 0
        || !accounts.honours(known.user, known.authRevision)) {
      return BAD;
    }
    known.expiresNanos = now + ttlNanos;
    return new Resolution.Good(new Identity(known.user, accounts.revision()));
  }

  @Override
  public void applied(Applied applied) {
    if (applied.view().accounts().enabled()) {
      remember(applied.outcomes());
    }
    heardIndex = applied.view().appliedIndex();
  }

  private void remember(List<Outcome> outcomes) {
    for (Outcome outcome : outcomes) {
      if (outcome
          instanceof
          Outcome.Authenticated(_, String user, Bytes digest, long authRevision, long index)) {
        long expires = nanoTime.getAsLong() + ttlNanos;
        given.put(digest, new Given(user, authRevision, index, expires));
      }
    }
  }

  /// Users who were known elsewhere sign in again.
  @Override
  public void restored(View view) {
    heardIndex = view.appliedIndex();
  }

  /// Forgets what has expired.
  void sweep() {
    long now = nanoTime.getAsLong();
    given.values().removeIf(token -> now - token.expiresNanos >= 0);
  }
}
