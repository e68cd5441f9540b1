package io.kvorum.node.server;

import io.kvorum.node.server.snapshot.StateHome;
import io.kvorum.node.server.stage.AgreementStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Keeps the log short: tells agreement how far the state is durable, and has the state flushed
/// when the log behind it has grown long.
final class Housekeeping {
  private static final long INTERVAL_MILLIS = 1_000;

  /// A restart applies this many entries in a few seconds.
  private static final long MAX_UNFLUSHED_ENTRIES = 200_000;

  private final StateHome home;
  private final AgreementStage agreement;
  private final LongSupplier appliedIndex;
  private final Consumer<Throwable> onFailure;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("housekeeping").daemon().factory());
  private long lastPersisted;
  private long lastApplied;

  Housekeeping(
      StateHome home,
      AgreementStage agreement,
      LongSupplier appliedIndex,
      Consumer<Throwable> onFailure) {
    this.home = home;
    this.agreement = agreement;
    this.appliedIndex = appliedIndex;
    this.onFailure = onFailure;
  }

  void start() {
    var _ =
        timer.scheduleWithFixedDelay(
            this::look, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      long persisted = home.persistedIndex();
      long applied = appliedIndex.getAsLong();
      if (persisted > lastPersisted || applied > lastApplied) {
        lastPersisted = persisted;
        lastApplied = applied;
        agreement.post(replica -> replica.flushed(persisted));
      }
      if (applied - persisted > MAX_UNFLUSHED_ENTRIES) {
        home.requestFlush();
      }
    } catch (RuntimeException failure) {
      onFailure.accept(failure);
    }
  }

  void close() {
    timer.shutdownNow();
  }
}
