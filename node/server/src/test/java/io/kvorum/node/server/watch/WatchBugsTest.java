package io.kvorum.node.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.MemoryStore;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Bugs that etcd's watches had, each shown not to be here, step by step.
final class WatchBugsTest {

  private static final int SEEDS = 100;

  private final HandDrivenHub hub = new HandDrivenHub();

  private static List<Long> revisions(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  /// The answer to a request for progress went past events that were already on their way. Here it
  /// promises what it says, whatever falls behind meanwhile.
  @Test
  void issue15220_progressNeverOvertakesEvents() {
    Seeds.forEach(SEEDS, random -> progressIsTrue(new HandDrivenHub(), random));
  }

  /// Without watchers a member does not follow the state, so it would owe the answers for ever.
  @Test
  void progressThatConcernsNoWatcher_isNotOwed() {
    var hub = new HandDrivenHub();
    HandDrivenHub.Client idle = hub.new Client();
    hub.put("k");
    idle.askForProgress();
    hub.settle();
    assertThat(hub.hub.progressOwed()).isZero();
    HandDrivenHub.Client leaving = hub.new Client();
    leaving.watch("k", "l", 0);
    hub.put("k");
    leaving.askForProgress();
    hub.hub.closed(leaving.stream);
    hub.settle();
    assertThat(hub.hub.progressOwed()).isZero();
    assertThat(idle.responses).isEmpty();
  }

  private static void progressIsTrue(HandDrivenHub hub, RandomGenerator random) {
    var clients = new ArrayList<HandDrivenHub.Client>();
    for (int i = 0; i < 3; i++) {
      HandDrivenHub.Client client = hub.new Client();
      client.watch("k", "l", random.nextInt(3));
      clients.add(client);
    }
    for (int step = 0; step < 200; step++) {
      HandDrivenHub.Client client = clients.get(random.nextInt(clients.size()));
      switch (random.nextInt(5)) {
        case 0 -> client.askForProgress();
        case 1 -> client.reads(random.nextBoolean());
        case 2 -> hub.settle();
        case 3 -> hub.hub.notifyProgress();
        default -> hub.put("k");
      }
    }
    clients.forEach(client -> client.reads(true));
    hub.settle();
    for (HandDrivenHub.Client client : clients) {
      long seen = 1;
      boolean created = false;
      for (WatchResponse response : client.responses) {
        if (response.getEventsCount() > 0) {
          seen = response.getEvents(response.getEventsCount() - 1).getKv().getModRevision();
        } else if (response.getCreated()) {
          assertThat(created).isFalse();
          created = true;
          seen = Math.max(seen, client.revisions().stream().findFirst().orElse(2L) - 1);
        } else {
          assertThat(response.getHeader().getRevision()).isLessThanOrEqualTo(seen);
        }
      }
      assertThat(client.revisions()).isSorted().doesNotHaveDuplicates();
      assertThat(client.revisions().getLast()).isEqualTo(hub.revision());
    }
  }

  /// Watchers without an event of theirs did not count as up to date, and were told nothing.
  @Test
  void issue17507_watcherWithoutEvents_isToldTheRevision() {
    HandDrivenHub.Client client = hub.new Client();
    client.watch("never", "", 0);
    hub.put("elsewhere");
    client.askForProgress();
    hub.settle();
    assertThat(client.responses).hasSize(2);
    assertThat(client.responses.getLast().getHeader().getRevision()).isEqualTo(2);
    hub.put("elsewhere");
    hub.settle();
    hub.hub.notifyProgress();
    hub.settle();
    assertThat(client.responses).hasSize(3);
    assertThat(client.responses.getLast().getHeader().getRevision()).isEqualTo(3);
  }

  /// Behind a snapshot from the leader, watchers saw old revisions again.
  @Test
  void issue15271_snapshot_bringsNothingTwiceAndLosesNothing() {
    HandDrivenHub.Client synced = hub.new Client();
    synced.watch("k", "l", 0);
    HandDrivenHub.Client stalled = hub.new Client();
    stalled.watch("k", "l", 0);
    hub.settle();
    stalled.reads(false);
    hub.put("k");
    hub.put("k");
    hub.settle();
    MemoryStore leaders = hub.checkpoint();
    var leader = new HandDrivenHub();
    leader.restore(leaders);
    for (int i = 0; i < 10; i++) {
      leader.put("k");
    }
    hub.restore(leader.checkpoint());
    hub.settle();
    stalled.reads(true);
    hub.put("k");
    hub.settle();
    assertThat(synced.revisions()).isEqualTo(revisions(2, 14));
    assertThat(stalled.revisions()).isEqualTo(revisions(2, 14));
  }

  /// A watch from a revision to come was given what came before it, when a snapshot skipped ahead.
  @Test
  void futureRevision_hearsNothingEarlier_alsoBehindASnapshot() {
    HandDrivenHub.Client client = hub.new Client();
    client.watch("k", "l", 10);
    hub.settle();
    hub.put("k");
    hub.settle();
    var leader = new HandDrivenHub();
    leader.restore(hub.checkpoint());
    for (int i = 0; i < 5; i++) {
      leader.put("k");
    }
    hub.restore(leader.checkpoint());
    hub.settle();
    assertThat(client.revisions()).isEmpty();
    for (int i = 0; i < 6; i++) {
      hub.put("k");
    }
    hub.settle();
    assertThat(client.revisions()).isEqualTo(revisions(10, 13));
  }

  /// A stream that was not read while history was compacted lost events in silence.
  @Test
  void issue17529_starvedWatcher_getsAllEventsOrIsToldOfTheCompaction() {
    for (long compacted = 2; compacted <= 10; compacted++) {
      starve(new HandDrivenHub(), compacted);
    }
  }

  private static void starve(HandDrivenHub hub, long compacted) {
    HandDrivenHub.Client client = hub.new Client();
    client.watch("k", "l", 0);
    hub.settle();
    hub.put("k");
    hub.put("k");
    hub.settle();
    client.reads(false);
    for (int i = 0; i < 7; i++) {
      hub.put("k");
    }
    hub.settle();
    hub.compact(compacted);
    hub.settle();
    client.reads(true);
    hub.settle();
    if (compacted <= 4) {
      assertThat(client.revisions()).isEqualTo(revisions(2, 10));
    } else {
      assertThat(client.revisions()).isEqualTo(revisions(2, 3));
      assertThat(client.responses.getLast().getCanceled()).isTrue();
      assertThat(client.responses.getLast().getCompactRevision()).isEqualTo(compacted);
    }
  }

  /// Events of a transaction came twice.
  @Test
  void issue17247_eventsOfATransaction_comeOnce() {
    HandDrivenHub.Client client = hub.new Client();
    client.watch("k", "l", 0);
    HandDrivenHub.Client late = hub.new Client();
    hub.settle();
    hub.apply(
        new Command.Txn(
            List.of(),
            List.of(
                Command.Put.of(Bytes.utf8("k1"), Bytes.EMPTY),
                Command.Put.of(Bytes.utf8("k2"), Bytes.EMPTY)),
            List.of()));
    late.watch("k", "l", 2);
    hub.settle();
    assertThat(client.revisions()).isEqualTo(List.of(2L, 2L));
    assertThat(late.revisions()).isEqualTo(List.of(2L, 2L));
    assertThat(client.responses).hasSize(2);
  }

  /// etcd keeps all that a slow client has not read. Here it is in the store and nowhere else.
  @Test
  void unreadStream_isHandedNothing_andReadsOnLater() {
    HandDrivenHub.Client slow = hub.new Client();
    slow.watch("k", "l", 0);
    hub.settle();
    slow.reads(false);
    Bytes value = Bytes.wrap(new byte[10_000]);
    for (int i = 0; i < 500; i++) {
      hub.put("k", value);
      hub.settle();
      hub.hub.notifyProgress();
    }
    assertThat(slow.responses).as("the one that says it is created").hasSize(1);
    slow.reads(true);
    hub.settle();
    assertThat(slow.revisions()).isEqualTo(revisions(2, 501));
  }

  /// However far the hub's thread lags behind the writers, what waits for it is bounded: tiny
  /// events count what they take.
  @Test
  void laggingHub_dropsWhatItCanReadAgain() {
    HandDrivenHub.Client client = hub.new Client();
    client.watch("k", "l", 0);
    hub.settle();
    Bytes value = Bytes.wrap(new byte[1 << 20]);
    for (int i = 0; i < 100; i++) {
      hub.put("k", value);
    }
    int before = hub.reads;
    hub.settle();
    assertThat(hub.reads).as("reads of the store").isGreaterThan(before);
    assertThat(client.revisions()).isEqualTo(revisions(2, 101));
  }
}
