package io.kvorum.node.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.core.kv.ApplyBounds;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.Operation;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Watches of a revision that holds more events than a page of history: a wide deletion.
final class WideRevisionTest {

  private static final int KEYS = 6_000;
  private static final int KEYS_A_TXN = 100;

  /// What one watcher collects of such a revision, and somewhat more.
  private static final long ROOM_FOR_ONE = 2 << 20;

  /// The events of a deletion are never told, only read.
  private static final ApplyBounds NARROW = new ApplyBounds(64 << 10, 16 << 10, 0);

  private static HandDrivenHub filled(long room) {
    var hub = new HandDrivenHub(NARROW, room);
    for (int i = 0; i < KEYS; i += KEYS_A_TXN) {
      var puts = new ArrayList<Operation>();
      for (int k = i; k < i + KEYS_A_TXN; k++) {
        puts.add(Command.Put.of(Bytes.utf8(key(k)), Bytes.utf8("v")));
      }
      hub.apply(new Command.Txn(List.of(), puts, List.of()));
    }
    return hub;
  }

  private static String key(int number) {
    return "k%05d".formatted(number);
  }

  private static void deleteAll(HandDrivenHub hub) {
    hub.apply(new Command.DeleteRange(Bytes.utf8("k"), Bytes.utf8("l"), false));
  }

  private static List<String> keys(List<WatchResponse> responses) {
    return responses.stream()
        .flatMap(response -> response.getEventsList().stream())
        .map(event -> event.getKv().getKey().toStringUtf8())
        .toList();
  }

  private static List<String> allKeys() {
    return IntStream.range(0, KEYS).mapToObj(WideRevisionTest::key).toList();
  }

  private static List<WatchResponse> withEvents(HandDrivenHub.Client client) {
    return client.responses.stream().filter(response -> response.getEventsCount() > 0).toList();
  }

  @Test
  void comesWhole_toAWatcherWithoutFragments() {
    HandDrivenHub hub = filled(ROOM_FOR_ONE);
    HandDrivenHub.Client client = hub.new Client();
    client.watch("k", "l", 0);
    hub.settle();
    deleteAll(hub);
    hub.put("k after");
    hub.settle();
    List<WatchResponse> responses = withEvents(client);
    assertThat(keys(responses.subList(0, 1))).isEqualTo(allKeys());
    assertThat(keys(responses.subList(1, responses.size()))).containsExactly("k after");
  }

  @Test
  void comesInParts_toAWatcherThatTakesThem() {
    HandDrivenHub hub = filled(0);
    HandDrivenHub.Client client = hub.new Client();
    client.watch("k", "l", 0, true);
    hub.settle();
    deleteAll(hub);
    hub.put("k after");
    hub.settle();
    List<WatchResponse> responses = withEvents(client);
    List<WatchResponse> parts = responses.subList(0, responses.size() - 1);
    assertThat(keys(parts)).isEqualTo(allKeys());
    assertThat(parts).hasSizeGreaterThan(3);
    assertThat(parts.subList(0, parts.size() - 1)).allMatch(WatchResponse::getFragment);
    assertThat(parts.getLast().getFragment()).isFalse();
    assertThat(keys(responses.subList(parts.size(), responses.size()))).containsExactly("k after");
  }

  /// Clients take the revision of an answer without events for one that they have all up to.
  @Test
  void endWithoutEvents_saysNoMoreThanWhatHasCome() {
    HandDrivenHub hub = filled(0);
    HandDrivenHub.Client first = hub.new Client();
    HandDrivenHub.Client other = hub.new Client();
    // For this one it is read in parts, and the others are there.
    hub.new Client().watch("k", "l", 0, true);
    first.watch("k00000", "k00100", 0, true);
    other.watch("x", "y", 0, true);
    hub.settle();
    deleteAll(hub);
    long deleted = hub.revision();
    hub.put("k00001");
    hub.settle();
    WatchResponse end =
        first.responses.stream()
            .dropWhile(response -> !response.getFragment())
            .filter(response -> !response.getFragment())
            .findFirst()
            .orElseThrow();
    assertThat(end.getEventsCount()).isZero();
    assertThat(end.getHeader().getRevision()).isEqualTo(deleted);
    assertThat(keys(first.responses)).hasSize(101).endsWith("k00001");
    // Nothing of it concerns this one: there is nothing to end.
    assertThat(other.responses).hasSize(1);
  }

  @Test
  void withoutMemoryForIt_endsTheWatch_andSaysWhy() {
    HandDrivenHub hub = filled(100_000);
    HandDrivenHub.Client client = hub.new Client();
    client.watch("k", "l", 0);
    hub.settle();
    deleteAll(hub);
    hub.settle();
    assertThat(client.revisions()).isEmpty();
    WatchResponse last = client.responses.getLast();
    assertThat(last.getCanceled()).isTrue();
    assertThat(last.getCancelReason())
        .isEqualTo(
            "kvorum: revision 62 has more events than this member has memory for;"
                + " watch with fragments, or from revision 63 on");
  }

  @Test
  void waits_untilOthersHaveReadTheirs() {
    HandDrivenHub hub = filled(ROOM_FOR_ONE);
    HandDrivenHub.Client slow = hub.new Client();
    HandDrivenHub.Client other = hub.new Client();
    slow.watch("k", "l", 0);
    hub.settle();
    deleteAll(hub);
    slow.stopsAfter(1);
    hub.settle();
    assertThat(keys(slow.responses)).isEqualTo(allKeys());
    other.watch("k", "l", hub.revision());
    hub.settle();
    assertThat(keys(other.responses)).isEmpty();
    slow.reads(true);
    hub.settle();
    assertThat(keys(other.responses)).isEqualTo(allKeys());
  }

  @Test
  void comesOnce_whateverClientsDo() {
    Seeds.forEach(20, WideRevisionTest::comesOnce);
  }

  private static void comesOnce(RandomGenerator random) {
    HandDrivenHub hub = filled(ROOM_FOR_ONE);
    long before = hub.revision();
    var clients = new ArrayList<HandDrivenHub.Client>();
    for (int i = 0; i < 4; i++) {
      HandDrivenHub.Client client = hub.new Client();
      client.watch("k", "m", before + 1, random.nextBoolean());
      clients.add(client);
    }
    int deletedAt = random.nextInt(10);
    for (int step = 0; step < 40; step++) {
      if (step == deletedAt) {
        deleteAll(hub);
      }
      HandDrivenHub.Client client = clients.get(random.nextInt(clients.size()));
      switch (random.nextInt(4)) {
        case 0 -> client.reads(random.nextBoolean());
        case 1 -> hub.hub.run();
        case 2 -> hub.settle();
        default -> hub.put("l" + step);
      }
    }
    clients.forEach(client -> client.reads(true));
    hub.settle();
    for (HandDrivenHub.Client client : clients) {
      assertThat(client.revisions()).isSorted();
      assertThat(client.revisions().stream().distinct().count()).isEqualTo(hub.revision() - before);
      assertThat(keys(client.responses)).containsAll(allKeys()).doesNotHaveDuplicates();
    }
  }
}
