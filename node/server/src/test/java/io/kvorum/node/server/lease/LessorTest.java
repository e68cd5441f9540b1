package io.kvorum.node.server.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Committed;
import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.MemoryStore;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.server.api.Counters;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LessorTest {
  private final Kv kv = Kv.open(new MemoryStore());
  private final AtomicLong now = new AtomicLong();

  private void apply(Command command) {
    long index = kv.appliedIndex() + 1;
    byte[] data = CommandCodec.encode(index, command);
    kv.apply(List.of(new Committed.CommandEntry(index, 1, data))).view().close();
  }

  @Test
  void leaseGrantedAnewBehindASnapshotRunsForItsOwnTime() {
    apply(new Command.LeaseGrant(7, 5));
    Lessor lessor;
    try (View view = kv.view()) {
      lessor = new Lessor(new LeaseSettings(100, 10), now::get, new Counters(), view);
    }
    apply(new Command.LeaseRevoke(7));
    apply(new Command.LeaseGrant(7, 3_600));
    try (View view = kv.view()) {
      lessor.restored(view);
    }
    lessor.lead(2);
    now.addAndGet(TimeUnit.SECONDS.toNanos(60));
    assertThat(lessor.tick().commands()).isEmpty();
    assertThat(lessor.left(7))
        .hasValueSatisfying(left -> {
          assertThat(left.grantedSeconds()).isEqualTo(3_600);
          assertThat(left.leftSeconds()).isGreaterThan(3_500);
        });
  }

  /// etcd told a client that its lease goes on when it had just been revoked.
  @Test
  void renewal_neverSucceedsBehindTheRevocation() throws Exception {
    for (int round = 1; round <= 200; round++) {
      apply(new Command.LeaseGrant(round, 60));
      Lessor lessor;
      try (View view = kv.view()) {
        lessor = new Lessor(new LeaseSettings(100, 10), now::get, new Counters(), view);
      }
      lessor.lead(1);
      long id = round;
      var revoked = new AtomicBoolean();
      var falseRenewals = new AtomicInteger();
      Thread client =
          Thread.ofPlatform()
              .start(() -> {
                boolean alive = true;
                while (alive) {
                  boolean gone = revoked.get();
                  alive = lessor.renew(id) instanceof Lessor.Renewed.Running;
                  if (alive && gone) {
                    falseRenewals.incrementAndGet();
                    return;
                  }
                }
              });
      lessor.applied(revocation(id));
      revoked.set(true);
      client.join();
      assertThat(falseRenewals).hasValue(0);
    }
  }

  private Applied revocation(long id) {
    long index = kv.appliedIndex() + 1;
    byte[] data = CommandCodec.encode(index, new Command.LeaseRevoke(id));
    Applied applied = kv.apply(List.of(new Committed.CommandEntry(index, 1, data)));
    applied.view().close();
    return applied;
  }

  /// What a deposed leader decides must not come about: its revocations are valid in its own term
  /// only, and it decides nothing once it follows.
  @Test
  void issue15247_revocationsBelongToTheirTerm() {
    apply(new Command.LeaseGrant(7, 5));
    Lessor lessor;
    try (View view = kv.view()) {
      lessor = new Lessor(new LeaseSettings(100, 10), now::get, new Counters(), view);
    }
    lessor.lead(3);
    now.addAndGet(TimeUnit.SECONDS.toNanos(60));
    Lessor.Due due = lessor.tick();
    assertThat(due.term()).isEqualTo(3);
    assertThat(due.commands()).containsExactly(new Command.LeaseRevoke(7));
    lessor.follow();
    now.addAndGet(TimeUnit.SECONDS.toNanos(60));
    assertThat(lessor.tick().commands()).isEmpty();
    lessor.lead(5);
    assertThat(lessor.tick().commands()).as("clients have time to renew").isEmpty();
  }

  /// A long lease does not begin anew with each leader: what is left of it is noted in the log.
  @Test
  void restIsNoted_andANewLeaderGoesOnWithIt() {
    apply(new Command.LeaseGrant(7, 3_600));
    Lessor lessor;
    Lessor next;
    try (View view = kv.view()) {
      lessor = new Lessor(new LeaseSettings(100, 10), now::get, new Counters(), view);
      next = new Lessor(new LeaseSettings(100, 10), now::get, new Counters(), view);
    }
    lessor.lead(2);
    now.addAndGet(TimeUnit.MINUTES.toNanos(10));
    List<Command> noted = lessor.tick().commands();
    assertThat(noted).hasSize(1).first().isInstanceOf(Command.LeaseCheckpoint.class);
    long index = kv.appliedIndex() + 1;
    byte[] data = CommandCodec.encode(index, noted.getFirst());
    Applied applied = kv.apply(List.of(new Committed.CommandEntry(index, 1, data)));
    next.applied(applied);
    applied.view().close();
    next.lead(3);
    assertThat(next.left(7))
        .hasValueSatisfying(left -> assertThat(left.leftSeconds()).isBetween(2_990L, 3_005L));
    try (View view = kv.view()) {
      var restarted = new Lessor(new LeaseSettings(100, 10), now::get, new Counters(), view);
      restarted.lead(4);
      assertThat(restarted.left(7))
          .hasValueSatisfying(left -> assertThat(left.leftSeconds()).isBetween(2_990L, 3_005L));
    }
  }
}
