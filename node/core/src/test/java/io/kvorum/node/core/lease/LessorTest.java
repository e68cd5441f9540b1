package io.kvorum.node.core.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Committed;
import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.MemoryStore;
import io.kvorum.node.core.kv.View;
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

  /// Elected, and with an entry of its own term applied.
  private void lead(Lessor lessor, long term) {
    lessor.lead(term, now.get());
    long index = kv.appliedIndex() + 1;
    Applied applied = kv.apply(List.of(new Committed.RecordsEntry(index, term, List.of())));
    lessor.applied(applied, now.get());
    applied.view().close();
  }

  /// What is due, after a quorum has said that it leads where it came late.
  private List<Command> due(Lessor lessor) {
    Lessor.Tick tick = lessor.tick(now.get());
    if (tick instanceof Lessor.Tick.Unsure) {
      lessor.sure();
      tick = lessor.tick(now.get());
    }
    return ((Lessor.Tick.Due) tick).commands();
  }

  @Test
  void leaseGrantedAnewBehindASnapshotRunsForItsOwnTime() {
    apply(new Command.LeaseGrant(7, 5));
    Lessor lessor;
    try (View view = kv.view()) {
      lessor = new Lessor(LeaseSettings.standard(100, 10), view, now.get());
    }
    apply(new Command.LeaseRevoke(7));
    apply(new Command.LeaseGrant(7, 3_600));
    try (View view = kv.view()) {
      lessor.restored(view, now.get());
    }
    lead(lessor, 2);
    now.addAndGet(TimeUnit.SECONDS.toNanos(60));
    assertThat(due(lessor)).isEmpty();
    assertThat(lessor.left(7, now.get()))
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
        lessor = new Lessor(LeaseSettings.standard(100, 10), view, now.get());
      }
      lead(lessor, 1);
      long id = round;
      var revoked = new AtomicBoolean();
      var falseRenewals = new AtomicInteger();
      Thread client =
          Thread.ofPlatform()
              .start(() -> {
                boolean alive = true;
                while (alive) {
                  boolean gone = revoked.get();
                  alive = lessor.renew(id, now.get(), 0) instanceof Lessor.Renewed.Running;
                  if (alive && gone) {
                    falseRenewals.incrementAndGet();
                    return;
                  }
                }
              });
      lessor.applied(revocation(id), now.get());
      revoked.set(true);
      client.join();
      assertThat(falseRenewals).hasValue(0);
    }
  }

  /// Who was paused may have been deposed: it renews nothing before a quorum has spoken.
  @Test
  void renewal_afterAPause_waitsForAQuorum() {
    apply(new Command.LeaseGrant(7, 5));
    Lessor lessor;
    try (View view = kv.view()) {
      lessor = new Lessor(LeaseSettings.standard(100, 10), view, now.get());
    }
    assertThat(lessor.renew(7, now.get(), 0)).isInstanceOf(Lessor.Renewed.NotLeading.class);
    lead(lessor, 1);
    assertThat(lessor.renew(7, now.get(), TimeUnit.SECONDS.toNanos(1)))
        .isInstanceOf(Lessor.Renewed.Unsure.class);
    assertThat(lessor.renew(8, now.get(), 0)).isInstanceOf(Lessor.Renewed.Unsure.class);
    assertThat(lessor.renewConfirmed(8, now.get())).isInstanceOf(Lessor.Renewed.Unknown.class);
    assertThat(lessor.renewConfirmed(7, now.get()))
        .isEqualTo(new Lessor.Renewed.Running(5, false, 1));
  }

  /// A tick that came late has seen the pause; renewals wait for the quorum's word, too.
  @Test
  void renewal_behindALateTick_waitsForTheSameQuorum() {
    apply(new Command.LeaseGrant(7, 3_600));
    Lessor lessor;
    try (View view = kv.view()) {
      lessor = new Lessor(LeaseSettings.standard(100, 10), view, now.get());
    }
    lessor.lead(1, now.get());
    now.addAndGet(TimeUnit.SECONDS.toNanos(60));
    assertThat(lessor.tick(now.get())).isInstanceOf(Lessor.Tick.Unsure.class);
    assertThat(lessor.renew(7, now.get(), 0)).isInstanceOf(Lessor.Renewed.Unsure.class);
    lessor.sure();
    assertThat(lessor.renew(7, now.get(), 0))
        .isEqualTo(new Lessor.Renewed.Running(3_600, false, 1));
  }

  /// The tick that a pause has held up comes first behind it, and looks punctual from then on.
  @Test
  void gap_countsBehindItsEnd() {
    long second = TimeUnit.SECONDS.toNanos(1);
    var gaps = new TickGaps(0);
    for (long tick = 1; tick <= 10; tick++) {
      gaps.ticked(tick * second / 10);
    }
    assertThat(gaps.since(second)).isEqualTo(second / 10);
    gaps.ticked(31 * second);
    assertThat(gaps.since(31 * second)).isEqualTo(30 * second);
    gaps.ticked(31 * second + second / 10);
    assertThat(gaps.since(31 * second + second / 10)).isEqualTo(30 * second);
    for (long tick = 2; tick <= 11; tick++) {
      gaps.ticked(31 * second + tick * second / 10);
    }
    assertThat(gaps.since(32 * second + second / 10)).isEqualTo(second / 10);
  }

  /// A note that is under way when a lease is renewed must not be the last word.
  @Test
  void renewal_whileItsRestIsBeingNoted_isToldToTakeThatBack() {
    apply(new Command.LeaseGrant(7, 3_600));
    Lessor lessor;
    try (View view = kv.view()) {
      lessor = new Lessor(LeaseSettings.standard(100, 10), view, now.get());
    }
    lead(lessor, 1);
    assertThat(lessor.renew(7, now.get(), 0))
        .isEqualTo(new Lessor.Renewed.Running(3_600, false, 1));
    now.addAndGet(TimeUnit.MINUTES.toNanos(10));
    assertThat(due(lessor)).hasSize(1);
    assertThat(lessor.renew(7, now.get(), 0)).isEqualTo(new Lessor.Renewed.Running(3_600, true, 1));
  }

  /// Who is elected may not have applied yet that its predecessor gave a lease more time.
  @Test
  void newLeader_startsNoClockBeforeItKnowsAll() {
    apply(new Command.LeaseGrant(7, 3_600));
    apply(new Command.LeaseCheckpoint(List.of(new Command.LeaseCheckpoint.Remaining(7, 10))));
    Lessor lessor;
    try (View view = kv.view()) {
      lessor = new Lessor(LeaseSettings.standard(100, 10), view, now.get());
    }
    lessor.lead(2, now.get());
    assertThat(lessor.isLeading()).isFalse();
    assertThat(lessor.renew(7, now.get(), 0)).isInstanceOf(Lessor.Renewed.NotLeading.class);
    long index = kv.appliedIndex() + 1;
    byte[] takenBack =
        CommandCodec.encode(
            index,
            new Command.LeaseCheckpoint(List.of(new Command.LeaseCheckpoint.Remaining(7, 0))));
    Applied applied =
        kv.apply(
            List.of(
                new Committed.CommandEntry(index, 1, takenBack),
                new Committed.RecordsEntry(index + 1, 2, List.of())));
    lessor.applied(applied, now.get());
    applied.view().close();
    assertThat(lessor.isLeading()).isTrue();
    assertThat(lessor.left(7, now.get()))
        .hasValueSatisfying(left -> assertThat(left.leftSeconds()).isGreaterThan(3_500));
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
      lessor = new Lessor(LeaseSettings.standard(100, 10), view, now.get());
    }
    lead(lessor, 3);
    now.addAndGet(TimeUnit.SECONDS.toNanos(60));
    assertThat(lessor.tick(now.get())).as("late").isInstanceOf(Lessor.Tick.Unsure.class);
    assertThat(lessor.tick(now.get())).isInstanceOf(Lessor.Tick.Rest.class);
    lessor.sure();
    var due = (Lessor.Tick.Due) lessor.tick(now.get());
    assertThat(due.term()).isEqualTo(3);
    assertThat(due.commands()).containsExactly(new Command.LeaseRevoke(7));
    lessor.follow();
    now.addAndGet(TimeUnit.SECONDS.toNanos(60));
    assertThat(lessor.tick(now.get())).isInstanceOf(Lessor.Tick.Rest.class);
    lead(lessor, 5);
    assertThat(due(lessor)).as("clients have time to renew").isEmpty();
  }

  /// A long lease does not begin anew with each leader: what is left of it is noted in the log.
  @Test
  void restIsNoted_andANewLeaderGoesOnWithIt() {
    apply(new Command.LeaseGrant(7, 3_600));
    Lessor lessor;
    Lessor next;
    try (View view = kv.view()) {
      lessor = new Lessor(LeaseSettings.standard(100, 10), view, now.get());
      next = new Lessor(LeaseSettings.standard(100, 10), view, now.get());
    }
    lead(lessor, 2);
    now.addAndGet(TimeUnit.MINUTES.toNanos(10));
    List<Command> noted = due(lessor);
    assertThat(noted).hasSize(1).first().isInstanceOf(Command.LeaseCheckpoint.class);
    long index = kv.appliedIndex() + 1;
    byte[] data = CommandCodec.encode(index, noted.getFirst());
    Applied applied = kv.apply(List.of(new Committed.CommandEntry(index, 1, data)));
    next.applied(applied, now.get());
    applied.view().close();
    lead(next, 3);
    assertThat(next.left(7, now.get()))
        .hasValueSatisfying(left -> assertThat(left.leftSeconds()).isBetween(2_990L, 3_005L));
    try (View view = kv.view()) {
      var restarted = new Lessor(LeaseSettings.standard(100, 10), view, now.get());
      lead(restarted, 4);
      assertThat(restarted.left(7, now.get()))
          .hasValueSatisfying(left -> assertThat(left.leftSeconds()).isBetween(2_990L, 3_005L));
    }
  }
}
