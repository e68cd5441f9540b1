package io.kvorum.node.server.auth;

import io.grpc.BindableService;
import io.grpc.ServerInterceptor;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.server.api.Admission;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.config.AuthSettings;
import io.kvorum.node.server.config.TokenSpec;
import io.kvorum.node.server.stage.StateObserver;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The parts that know users, wired together.
public final class Authentication implements AutoCloseable {
  private final Backend backend;
  private final Passwords passwords;
  private final SimpleTokens simple;
  private final Tokens tokens;
  private final Waits entries;
  private final Waits featureLevel;
  private final ServerInterceptor door;

  /// @param timeoutMillis how long a call waits for its token to become known here, or for all
  ///   members to know what users are
  /// @param appliedIndex of the state that the member starts with
  public Authentication(
      Backend backend, AuthSettings settings, long timeoutMillis, long appliedIndex) {
    this.backend = backend;
    this.passwords = new Passwords(settings.bcryptCost());
    simple = new SimpleTokens(settings.tokenTtl(), System::nanoTime, appliedIndex);
    tokens =
        switch (settings.tokens()) {
          case TokenSpec.Simple _ -> simple;
          case TokenSpec.Jwt jwt ->
              new JwtTokens(jwt, JwtKeys.read(jwt), () -> System.currentTimeMillis() / 1_000);
        };
    long timeoutNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    entries = new Waits(timeoutNanos, System::nanoTime, View::appliedIndex, simple::heardIndex);
    featureLevel =
        new Waits(timeoutNanos, System::nanoTime, View::featureLevel, backend::featureLevel);
    door = new Door(backend, tokens, settings.certificateNames(), entries);
  }

  /// What every call passes.
  public ServerInterceptor door() {
    return door;
  }

  /// In this order: a call that waited for its token finds it.
  public List<StateObserver> observers() {
    return List.of(simple, entries, featureLevel);
  }

  public BindableService service(Admission admission) {
    return new AuthService(backend, admission, passwords, tokens, featureLevel);
  }

  /// To be called every second or so.
  public void sweep() {
    simple.sweep();
    entries.sweep();
    featureLevel.sweep();
  }

  @Override
  public void close() {
    passwords.close();
  }
}
