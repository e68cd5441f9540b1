package io.kvorum.node.server.lease;

import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.lease.Lessor;
import io.kvorum.node.server.api.Counters;
import io.kvorum.node.server.stage.StateObserver;
import java.util.concurrent.TimeUnit;

/// Tells the lessor which leases come and go, and counts them.
public final class LeaseObserver implements StateObserver {
  private final Lessor lessor;
  private final Counters counters;

  public LeaseObserver(Lessor lessor, Counters counters) {
    this.lessor = lessor;
    this.counters = counters;
  }

  @Override
  public void applied(Applied applied) {
    lessor.applied(applied, System.nanoTime());
    for (Outcome outcome : applied.outcomes()) {
      switch (outcome) {
        case Outcome.LeaseGranted granted -> {
          counters.leasesGranted.increment();
          counters.leaseLives.took(TimeUnit.SECONDS.toNanos(granted.lease().ttlSeconds()));
        }
        case Outcome.LeaseRevoked _ -> counters.leasesRevoked.increment();
        default -> {}
      }
    }
  }

  @Override
  public void restored(View view) {
    lessor.restored(view, System.nanoTime());
  }
}
