package io.kvorum.node.server.auth;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Hashes passwords and compares them with their hashes. Both take a tenth of a second of a core by
/// design, so they have threads of their own, and only so many may wait.
final class Passwords implements AutoCloseable {
  /// What bcrypt takes of a password.
  static final int MAX_BYTES = 72;

  /// Half the cores: signing in never takes all of the machine.
  private static final int THREADS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

  /// About a minute's work.
  private static final int MAX_WAITING = 500;

  private final int cost;
  private final BCrypt.Hasher hasher;

  /// Accepts what etcd of any version has written; cuts what is too long, as etcd does.
  private final BCrypt.Verifyer verifier =
      BCrypt.verifyer(
          BCrypt.Version.VERSION_2A, LongPasswordStrategies.truncate(BCrypt.Version.VERSION_2A));

  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          1,
          TimeUnit.MINUTES,
          new ArrayBlockingQueue<>(MAX_WAITING),
          Thread.ofPlatform().name("passwords-", 0).daemon().factory());

  /// The hash of no password, compared with when there is no such user: so that the time an answer
  /// takes does not tell who exists.
  private final String nobodysHash;

  Passwords(int cost) {
    this.cost = cost;
    this.hasher =
        BCrypt.with(
            BCrypt.Version.VERSION_2A,
            new SecureRandom(),
            LongPasswordStrategies.strict(BCrypt.Version.VERSION_2A));
    threads.allowCoreThreadTimeOut(true);
    nobodysHash =
        "$2a$%02d$".formatted(cost) + "N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
  }

  /// Runs work that calls `hash` or `matches`.
  ///
  /// @return false if too much waits
  boolean offer(Runnable work) {
    try {
      threads.execute(work);
      return true;
    } catch (RejectedExecutionException full) {
      return false;
    }
  }

  static boolean isTooLong(String password) {
    return password.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES;
  }

  String hash(String password) {
    byte[] hash = hasher.hash(cost, password.getBytes(StandardCharsets.UTF_8));
    return new String(hash, StandardCharsets.US_ASCII);
  }

  boolean matches(String password, String hash) {
    return verifier.verify(
            password.getBytes(StandardCharsets.UTF_8), hash.getBytes(StandardCharsets.US_ASCII))
        .verified;
  }

  void matchNobody(String password) {
    matches(password, nobodysHash);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
