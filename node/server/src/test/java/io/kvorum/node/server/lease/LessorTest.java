package io.kvorum.node.server.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Committed;
import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.MemoryStore;
import io.kvorum.node.core.kv.View;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
      lessor = new Lessor(new LeaseSettings(100, 10), now::get, view);
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
}
