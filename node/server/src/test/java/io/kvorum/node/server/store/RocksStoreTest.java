package io.kvorum.node.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.node.core.kv.KvStore;
import io.kvorum.node.core.kv.KvStore.Space;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The port over RocksDB: what is seen, what is persisted, and how it ends.
final class RocksStoreTest {

  @TempDir private Path folder;

  private RocksStore open() {
    return RocksStore.open(folder.resolve("db"), RocksHome.SMALL, _ -> {});
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static void put(KvStore store, String key, String value) {
    KvStore.Batch batch = store.newBatch();
    batch.put(Space.LIVE, bytes(key), bytes(value));
    batch.put(Space.META, bytes(key), bytes(value));
    store.write(batch);
  }

  @Test
  void batch_ofEveryKindOfRow_isReadBack() {
    RocksStore store = open();
    KvStore.Batch batch = store.newBatch();
    byte[] big = new byte[100_000];
    for (Space space : Space.values()) {
      batch.put(space, bytes(space.name()), bytes("value of " + space));
      batch.put(space, bytes("big"), big);
      batch.put(space, bytes("gone"), bytes("x"));
      batch.delete(space, bytes("gone"));
      batch.put(space, bytes("empty"), new byte[0]);
    }
    assertThat(batch.sizeBytes()).isGreaterThan(6 * big.length);
    store.write(batch);
    for (Space space : Space.values()) {
      assertThat(store.latest().get(space, bytes(space.name())))
          .isEqualTo(bytes("value of " + space));
      assertThat(
              store.latest().multiGet(space, List.of(bytes("big"), bytes("gone"), bytes("empty"))))
          .containsExactly(big, null, new byte[0]);
    }
    store.close();
  }

  @Test
  void cursor_staysInItsBounds_andSeeksBothWays() {
    RocksStore store = open();
    for (String key : List.of("a", "b", "c", "d", "e")) {
      put(store, key, key);
    }
    try (KvStore.Cursor cursor = store.latest().cursor(Space.LIVE, bytes("b"), bytes("e"))) {
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.key()).isEqualTo(bytes("b"));
      assertThat(cursor.seek(bytes("cc"))).isTrue();
      assertThat(cursor.key()).isEqualTo(bytes("d"));
      assertThat(cursor.next()).isFalse();
      assertThat(cursor.seek(bytes("a"))).isTrue();
      assertThat(cursor.value()).isEqualTo(bytes("b"));
      assertThat(cursor.seek(bytes("e"))).isFalse();
    }
    store.close();
  }

  @Test
  void cursor_copiesRows_asFarAsThereIsRoom() {
    RocksStore store = open();
    put(store, "key", "value");
    put(store, "last", "");
    try (KvStore.Cursor cursor = store.latest().passing(Space.LIVE)) {
      var into = new byte[6];
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.key(into, 1)).isEqualTo(3);
      assertThat(into).isEqualTo(bytes("\0key\0\0"));
      assertThat(cursor.value(into, 4)).isEqualTo(5);
      assertThat(into).isEqualTo(bytes("\0keyva"));
      assertThat(cursor.key(into, 6)).isEqualTo(3);
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.value(into, 0)).isZero();
      assertThat(cursor.next()).isFalse();
    }
    store.close();
  }

  /// The disk has refused nothing: what was there is gone.
  @Test
  void missingFile_isDamage() throws Exception {
    RocksStore store = open();
    put(store, "a", "1");
    store.flush();
    store.close();
    try (var files = Files.list(folder.resolve("db"))) {
      for (Path file : files.filter(RocksStoreTest::isManifest).toList()) {
        Files.delete(file);
      }
    }
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            StoreFailure.class,
            failure -> assertThat(failure.kind()).isEqualTo(StoreFailure.Kind.DAMAGED));
  }

  private static boolean isManifest(Path file) {
    return file.getFileName().toString().startsWith("MANIFEST");
  }

  @Test
  void snapshot_doesNotChange() {
    RocksStore store = open();
    put(store, "a", "1");
    try (KvStore.Snapshot snapshot = store.snapshot()) {
      put(store, "a", "2");
      put(store, "b", "1");
      assertThat(snapshot.get(Space.LIVE, bytes("a"))).isEqualTo(bytes("1"));
      assertThat(snapshot.multiGet(Space.LIVE, List.of(bytes("b")))).containsOnlyNulls();
      try (KvStore.Cursor cursor = snapshot.cursor(Space.LIVE, new byte[0], null)) {
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.next()).isFalse();
      }
    }
    store.close();
  }

  @Test
  void persisted_isWhatWasFlushed_inAllSpacesAlike() {
    RocksStore store = open();
    put(store, "a", "1");
    assertThat(store.getPersisted(Space.META, bytes("a"))).isNull();
    store.flush();
    put(store, "a", "2");
    assertThat(store.getPersisted(Space.META, bytes("a"))).isEqualTo(bytes("1"));
    assertThat(store.getPersisted(Space.LIVE, bytes("a"))).isEqualTo(bytes("1"));
    store.close();
    store = open();
    assertThat(store.latest().get(Space.META, bytes("a"))).isEqualTo(bytes("1"));
    assertThat(store.getPersisted(Space.META, bytes("a"))).isEqualTo(bytes("1"));
    store.close();
  }

  @Test
  void bytesOnDisk_growWithWhatIsWritten_andShrinkWithWhatIsRemoved() {
    RocksStore store = open();
    var random = new SplittableRandom(1);
    long before = store.bytesOnDisk();
    for (int i = 0; i < 500; i++) {
      byte[] value = new byte[1_000];
      random.nextBytes(value);
      KvStore.Batch batch = store.newBatch();
      batch.put(Space.LIVE, bytes("k" + i), value);
      store.write(batch);
    }
    long written = store.bytesOnDisk();
    assertThat(written - before).isBetween(450_000L, 600_000L);
    store.flush();
    assertThat(store.bytesOnDisk()).isBetween(450_000L, 600_000L);
    KvStore.Batch batch = store.newBatch();
    for (int i = 0; i < 500; i++) {
      batch.delete(Space.LIVE, bytes("k" + i));
    }
    store.write(batch);
    store.defragment();
    assertThat(store.bytesOnDisk()).isLessThan(10_000);
    store.close();
  }

  @Test
  void close_waitsForReadersInside_andLetsNobodyElseIn() throws Exception {
    RocksStore store = open();
    put(store, "a", "1");
    KvStore.Snapshot snapshot = store.snapshot();
    CompletableFuture<Void> closing = CompletableFuture.runAsync(store::close);
    while (store.users().maybeEnter()) {
      store.users().leave();
      Thread.onSpinWait();
    }
    assertThatThrownBy(() -> store.latest().get(Space.LIVE, bytes("a")))
        .isInstanceOf(StoreFailure.class)
        .hasMessageContaining("closed");
    assertThat(closing).isNotDone();
    assertThat(snapshot.maybeRetain()).isTrue();
    snapshot.close();
    assertThat(snapshot.get(Space.LIVE, bytes("a"))).isEqualTo(bytes("1"));
    snapshot.close();
    closing.get(20, TimeUnit.SECONDS);
    assertThatThrownBy(store::snapshot).isInstanceOf(StoreFailure.class);
    assertThat(snapshot.maybeRetain()).isFalse();
  }

  @Test
  void damagedFile_isToldApartFromAFailedDisk() throws IOException {
    RocksStore store = open();
    for (int i = 0; i < 100; i++) {
      put(store, "k" + i, "value" + i);
    }
    store.flush();
    store.close();
    try (Stream<Path> files = Files.list(folder.resolve("db"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".sst")).toList()) {
        byte[] content = Files.readAllBytes(file);
        for (int i = 0; i < content.length / 2; i++) {
          content[i] ^= 0x55;
        }
        Files.write(file, content);
      }
    }
    assertThatThrownBy(
            () -> {
              RocksStore damaged = open();
              try {
                damaged.latest().get(Space.LIVE, bytes("k1"));
              } finally {
                damaged.close();
              }
            })
        .isInstanceOfSatisfying(
            StoreFailure.class,
            failure -> assertThat(failure.kind()).isEqualTo(StoreFailure.Kind.DAMAGED));
  }

  @Test
  void failedFlushInTheBackground_stopsTheNextWrite() throws IOException {
    Path path = folder.resolve("vanishing");
    List<StoreFailure> told = new ArrayList<>();
    RocksStore store = RocksStore.open(path, RocksHome.SMALL, told::add);
    put(store, "a", "1");
    delete(path);
    store.requestFlush();
    String big = "x".repeat(10_000);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 10_000; i++) {
                put(store, "k" + i, big);
              }
            })
        .isInstanceOfSatisfying(
            StoreFailure.class,
            failure -> assertThat(failure.kind()).isEqualTo(StoreFailure.Kind.FAILED_DISK));
    assertThatThrownBy(store::flush).isInstanceOf(StoreFailure.class);
    assertThat(told).hasSize(1);
    store.close();
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.list(tree)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(tree);
  }

  @Test
  void checkpoint_isAStoreOfItsOwn_andStaysAsItWas() {
    RocksStore store = open();
    put(store, "a", "1");
    store.checkpoint(folder.resolve("checkpoint"));
    put(store, "a", "2");
    store.defragment();
    RocksStore copy = RocksStore.open(folder.resolve("checkpoint"), RocksHome.SMALL, _ -> {});
    assertThat(copy.latest().get(Space.LIVE, bytes("a"))).isEqualTo(bytes("1"));
    assertThat(copy.getPersisted(Space.META, bytes("a"))).isEqualTo(bytes("1"));
    put(copy, "a", "3");
    assertThat(store.latest().get(Space.LIVE, bytes("a"))).isEqualTo(bytes("2"));
    copy.close();
    store.close();
  }

  @Test
  void otherFormat_isRefused() throws Exception {
    RocksStore store = open();
    store.db().put(bytes("format"), new byte[] {2});
    store.flush();
    store.close();
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            StoreFailure.class,
            failure -> assertThat(failure.kind()).isEqualTo(StoreFailure.Kind.NEWER_FORMAT))
        .hasMessageContaining("run a newer version");
  }

  @Test
  void settings_refuseWhatCannotWork() {
    assertThatThrownBy(() -> new StoreSettings(0, 1 << 20))
        .hasMessageContaining("need a mebibyte each");
  }
}
