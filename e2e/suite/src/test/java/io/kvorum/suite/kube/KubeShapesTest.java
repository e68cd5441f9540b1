package io.kvorum.suite.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.RangeStreamResponse;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import io.kvorum.node.proto.mvcc.KeyValue;
import io.kvorum.suite.members.MemberCluster;
import io.kvorum.suite.members.Product;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The requests of Kubernetes' API server with what it reads of the answers, on Kvorum and on the
/// machine's etcd: what holds for both is the contract, what is newer than the machine's etcd is
/// asked of Kvorum alone.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class KubeShapesTest {

  private static final String COMPACTED = "etcdserver: mvcc: required revision has been compacted";
  private static final int PROGRESS_MILLIS = 100;
  private static final int MAX_PROGRESS_REQUESTS = 100;
  private static final int LEASE_SECONDS = 3;

  @TempDir private static Path folder;

  private static final Map<Product, MemberCluster> MEMBERS = new EnumMap<>(Product.class);
  private static final Map<Product, Registry> REGISTRIES = new EnumMap<>(Product.class);

  @BeforeAll
  static void start() throws IOException {
    for (Product product : Product.values()) {
      Path data = Files.createTempDirectory(folder, "member");
      MemberCluster member = new MemberCluster(product, data, 1).start();
      MEMBERS.put(product, member);
      REGISTRIES.put(product, new Registry(member.endpoints()));
    }
  }

  @AfterAll
  static void stop() {
    REGISTRIES.values().forEach(Registry::close);
    MEMBERS.values().forEach(MemberCluster::close);
  }

  private static Registry registry(Product product) {
    Registry registry = REGISTRIES.get(product);
    if (registry == null) {
      throw new IllegalStateException(product + " was not started");
    }
    return registry;
  }

  @ParameterizedTest
  @EnumSource
  void writes_areTransactionsOnTheRevisionSeen(Product product) {
    Registry registry = registry(product);
    String key = "/registry/pods/default/writes";
    assertThat(registry.get("/registry/health").getKvsCount()).isZero();

    TxnResponse created = registry.create(key, "one");
    assertThat(created.getSucceeded()).isTrue();
    long revision = created.getHeader().getRevision();
    KeyValue stored = registry.get(key).getKvs(0);
    assertThat(stored.getModRevision()).isEqualTo(revision).isEqualTo(stored.getCreateRevision());
    assertThat(current(registry.create(key, "two"))).isEqualTo(stored);

    TxnResponse updated = registry.update(key, "three", revision);
    assertThat(updated.getSucceeded()).isTrue();
    assertThat(updated.getHeader().getRevision()).isEqualTo(revision + 1);
    KeyValue conflicting = current(registry.update(key, "four", revision));
    assertThat(conflicting.getValue()).isEqualTo(Registry.bytes("three"));
    assertThat(conflicting.getModRevision()).isEqualTo(revision + 1);

    assertThat(current(registry.delete(key, revision))).isEqualTo(conflicting);
    TxnResponse deleted = registry.delete(key, revision + 1);
    assertThat(deleted.getSucceeded()).isTrue();
    assertThat(deleted.getHeader().getRevision()).isEqualTo(revision + 2);
    assertThat(deleted.getResponses(0).getResponseDeleteRange().getHeader().getRevision())
        .isEqualTo(revision + 2);
    TxnResponse gone = registry.update(key, "five", revision + 1);
    assertThat(gone.getSucceeded()).isFalse();
    assertThat(gone.getResponses(0).getResponseRange().getKvsCount()).isZero();
  }

  /// The key as a failed transaction has read it.
  private static KeyValue current(TxnResponse failed) {
    assertThat(failed.getSucceeded()).isFalse();
    return failed.getResponses(0).getResponseRange().getKvs(0);
  }

  @ParameterizedTest
  @EnumSource
  void lists_comeInPagesOfOneRevision(Product product) {
    Registry registry = registry(product);
    String prefix = "/registry/configmaps/" + product + "/";
    for (int i = 0; i < 500; i++) {
      registry.create(prefix + "%03d".formatted(i), "value");
    }
    RangeResponse page = registry.page(Registry.bytes(prefix), prefix, 150, 0);
    long revision = page.getHeader().getRevision();
    var counts = new ArrayList<Long>(List.of(page.getCount()));
    var names = new ArrayList<ByteString>();
    page.getKvsList().forEach(kv -> names.add(kv.getKey()));
    for (int changed = 0; page.getKvsCount() < page.getCount(); changed++) {
      // Others write meanwhile: the list is of its own moment all the same.
      registry.create(prefix + "%03d-late".formatted(100 * changed), "value");
      registry.delete(prefix + "499", registry.get(prefix + "499").getHeader().getRevision());
      ByteString next = names.getLast().concat(ByteString.copyFrom(new byte[1]));
      page = registry.page(next, prefix, 150, revision);
      assertThat(page.getHeader().getRevision()).isGreaterThan(revision);
      counts.add(page.getCount());
      page.getKvsList().forEach(kv -> names.add(kv.getKey()));
    }
    assertThat(counts).containsExactly(500L, 350L, 200L, 50L);
    assertThat(names.stream().map(ByteString::toStringUtf8))
        .hasSize(500)
        .doesNotHaveDuplicates()
        .isSorted();
    assertThat(registry.count(prefix)).isEqualTo(503);
  }

  @ParameterizedTest
  @EnumSource
  void watches_tellWhatWasBefore(Product product) {
    Registry registry = registry(product);
    String prefix = "/registry/watched/" + product + "/";
    long start = registry.get(prefix).getHeader().getRevision();
    long first = registry.create(prefix + "a", "1").getHeader().getRevision();
    registry.update(prefix + "a", "2", first);
    Cacher cacher = registry.watch();
    long id = cacher.follow(prefix, start + 1);
    registry.delete(prefix + "a", first + 1);
    registry.create(prefix + "b", "3");

    List<Event> events = cacher.events(4);
    assertThat(events.stream().map(event -> event.getKv().getModRevision()))
        .containsExactly(first, first + 1, first + 2, first + 3);
    assertThat(events.get(0).hasPrevKv()).isFalse();
    assertThat(events.get(1).getPrevKv().getValue()).isEqualTo(Registry.bytes("1"));
    assertThat(events.get(2).getType()).isEqualTo(Event.EventType.DELETE);
    assertThat(events.get(2).getPrevKv().getValue()).isEqualTo(Registry.bytes("2"));
    assertThat(events.get(3).hasPrevKv()).isFalse();
    assertThat(cacher.follow("/registry/others/" + product + "/", start + 1)).isNotEqualTo(id);
  }

  /// The consistent list from the cache: whoever hears a revision has heard all up to it.
  @ParameterizedTest
  @EnumSource
  void progress_isAnsweredBehindAllEvents(Product product) {
    Registry registry = registry(product);
    String prefix = "/registry/progress/" + product + "/";
    Cacher cacher = registry.watch();
    cacher.follow(prefix, registry.get(prefix).getHeader().getRevision() + 1);
    for (int i = 0; i < 50; i++) {
      long revision = registry.create(prefix + i, "value").getHeader().getRevision();
      boolean seen = false;
      long told = 0;
      for (int asked = 0; told < revision && asked < MAX_PROGRESS_REQUESTS; asked++) {
        cacher.askForProgress();
        while (told < revision
            && cacher.maybeNext(PROGRESS_MILLIS) instanceof WatchResponse response) {
          seen |= response.getEventsCount() > 0;
          told = response.getWatchId() == -1 ? response.getHeader().getRevision() : told;
        }
      }
      assertThat(told).isGreaterThanOrEqualTo(revision);
      assertThat(seen).as("the event comes before the progress at its revision").isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void expiredEvents_goInOneRevision(Product product) {
    Registry registry = registry(product);
    String prefix = "/registry/events/" + product + "/";
    Cacher cacher = registry.watch();
    cacher.follow(prefix, registry.get(prefix).getHeader().getRevision() + 1);
    long lease = registry.grant(LEASE_SECONDS);
    long renewed = System.nanoTime();
    for (int i = 0; i < 100; i++) {
      registry.create(prefix + i, "value", lease);
      // A slow machine takes longer for all of them than the lease lasts.
      if (System.nanoTime() - renewed > TimeUnit.SECONDS.toNanos(1)) {
        renewed = System.nanoTime();
        assertThat(registry.renew(lease)).isEqualTo(LEASE_SECONDS);
      }
    }
    assertThat(cacher.events(100)).allMatch(event -> event.getKv().getLease() == lease);
    WatchResponse gone = cacher.next();
    assertThat(gone.getEventsList())
        .hasSize(100)
        .allMatch(event -> event.getType() == Event.EventType.DELETE && event.hasPrevKv())
        .allMatch(
            event -> event.getKv().getModRevision() == gone.getEvents(0).getKv().getModRevision());
    assertThatThrownBy(() -> registry.create(prefix + "late", "value", lease))
        .hasMessageContaining("etcdserver: requested lease not found");
  }

  @ParameterizedTest
  @EnumSource
  void compaction_isClaimedByOneServer(Product product) {
    Registry registry = registry(product);
    String prefix = "/registry/compacted/" + product + "/";
    long old = registry.create(prefix + "a", "1").getHeader().getRevision();
    registry.update(prefix + "a", "2", old);
    registry.create(prefix + "b", "1");
    long now = registry.get(prefix).getHeader().getRevision();

    assertThat(registry.claimCompaction(0, now).getSucceeded()).isTrue();
    TxnResponse late = registry.claimCompaction(0, now);
    assertThat(current(late).getVersion()).isEqualTo(1);
    assertThat(registry.claimCompaction(1, now + 1).getSucceeded()).isTrue();

    registry.compact(now);
    assertThatThrownBy(() -> registry.compact(now)).hasMessage("OUT_OF_RANGE: " + COMPACTED);
    assertThatThrownBy(() -> registry.page(Registry.bytes(prefix), prefix, 1, old))
        .hasMessage("OUT_OF_RANGE: " + COMPACTED);
    assertThat(registry.page(Registry.bytes(prefix), prefix, 1, now).getCount()).isEqualTo(2);
    Cacher cacher = registry.watch();
    cacher.follow(prefix, old);
    WatchResponse cancelled = cacher.next();
    assertThat(cancelled.getCanceled()).isTrue();
    assertThat(cancelled.getCompactRevision()).isEqualTo(now);
  }

  /// From 3.4.31 on, and not from 3.5.0 to 3.5.12, the API server asks for progress.
  @ParameterizedTest
  @EnumSource(names = "KVORUM")
  void version_isOneThatIsAskedForProgress(Product product) {
    String version = registry(product).version();
    Matcher parts = Pattern.compile("(\\d+)\\.(\\d+)\\.(\\d+)").matcher(version);
    assertThat(parts.matches()).as(version).isTrue();
    assertThat(Integer.parseInt(parts.group(1))).isEqualTo(3);
    assertThat(Integer.parseInt(parts.group(2))).isGreaterThanOrEqualTo(6);
  }

  @ParameterizedTest
  @EnumSource
  void streamedLists_areOfOneRevision(Product product) {
    Registry registry = registry(product);
    String prefix = "/registry/streamed/" + product + "/";
    for (int i = 0; i < 100; i++) {
      registry.create(prefix + "%03d".formatted(i), "value");
    }
    var request =
        RangeRequest.newBuilder()
            .setKey(Registry.bytes(prefix))
            .setRangeEnd(Registry.endOf(prefix))
            .build();
    var kv = KVGrpc.newBlockingStub(registry.channel()).withDeadlineAfter(30, TimeUnit.SECONDS);
    if (product == Product.ETCD) {
      assertThatThrownBy(() -> kv.rangeStream(request).next())
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED));
      return;
    }
    var pieces = new ArrayList<RangeResponse>();
    kv.rangeStream(request)
        .forEachRemaining((RangeStreamResponse piece) -> pieces.add(piece.getRangeResponse()));
    assertThat(pieces.stream().map(RangeResponse::getKvsCount)).containsExactly(10, 20, 40, 30);
    assertThat(pieces.subList(0, 3)).noneMatch(RangeResponse::hasHeader);
    RangeResponse whole = kv.range(request);
    assertThat(pieces.getLast().getHeader()).isEqualTo(whole.getHeader());
    assertThat(pieces.getLast().getCount()).isEqualTo(100);
    assertThat(pieces.getLast().getMore()).isFalse();
    assertThat(pieces.stream().flatMap(piece -> piece.getKvsList().stream()))
        .containsExactlyElementsOf(whole.getKvsList());
    assertThatThrownBy(() ->
            kv.rangeStream(request.toBuilder().setSortOrder(RangeRequest.SortOrder.DESCEND).build())
                .next())
        .hasMessage("UNIMPLEMENTED: RangeStream does not support custom sort orders");
    assertThatThrownBy(
            () -> kv.rangeStream(request.toBuilder().setMaxModRevision(9).build()).next())
        .hasMessage("UNIMPLEMENTED: RangeStream does not support revision filters");
    RangeStreamResponse limited = kv.rangeStream(request.toBuilder().setLimit(3).build()).next();
    assertThat(limited.getRangeResponse().getKvsCount()).isEqualTo(3);
    assertThat(limited.getRangeResponse().getMore()).isTrue();
  }
}
