package io.kvorum.node.server;

import static io.kvorum.node.server.Calls.get;
import static io.kvorum.node.server.Calls.putUntilDone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.KvStore;
import io.kvorum.node.core.kv.KvStore.Space;
import io.kvorum.node.server.config.ExitCode;
import io.kvorum.node.server.config.StartFailure;
import io.kvorum.node.server.snapshot.StateFolder;
import io.kvorum.node.server.snapshot.StateHome;
import io.kvorum.node.server.store.RocksStore;
import io.kvorum.node.server.store.StoreSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a member says to log and state that do not fit together or are too new for it.
class RecoveryTest {
  @TempDir Path folder;

  @Test
  void logThatLacksWhatTheStateHolds_stopsTheMember_unlessASnapshotWasJustInstalled()
      throws Exception {
    try (var cluster = LocalCluster.of(folder, 1)) {
      var node = cluster.node(1);
      node.found();
      putWhenOpen(node, "a");
      node.stop();
      Path log = folder.resolve("m1/log");
      Path earlier = folder.resolve("earlier");
      copy(log, earlier);
      node.resume();
      putWhenOpen(node, "b");
      node.stop();
      StateFolder.delete(log);
      copy(earlier, log);
      assertStops(node, ExitCode.DAMAGED_LOG, "lacks", "remove this member from the cluster");

      Path mark = generation().resolve("INSTALLED");
      Files.writeString(mark, statePosition() + "\n");
      node.resume();
      node.awaitOpen();
      assertThat(get(node, "b")).isEqualTo("b");
      assertThat(mark).doesNotExist();
      putUntilDone(node, "c", "c");
      node.kill();
      node.resume();
      node.awaitOpen();
      assertThat(get(node, "c")).isEqualTo("c");
    }
  }

  @Test
  void dataOfANewerProgram_endsInItsOwnCode() throws Exception {
    try (var cluster = LocalCluster.of(folder, 1)) {
      var node = cluster.node(1);
      node.found();
      putWhenOpen(node, "a");
      node.stop();
      raiseFeatureLevel();
      assertStops(
          node,
          ExitCode.NEWER_DATA,
          "feature level " + (Kv.MAX_FEATURE_LEVEL + 1),
          "run a newer version");
    }
  }

  @Test
  void logOfANewerProgram_endsInItsOwnCode() throws Exception {
    try (var cluster = LocalCluster.of(folder, 1)) {
      var node = cluster.node(1);
      node.found();
      putWhenOpen(node, "a");
      node.stop();
      raiseLogFormat();
      assertStops(node, ExitCode.NEWER_DATA, "format version", "start the newer program again");
    }
  }

  private static void putWhenOpen(LocalCluster.Node node, String key) {
    node.awaitOpen();
    putUntilDone(node, key, key);
  }

  private static void assertStops(LocalCluster.Node node, ExitCode code, String... words) {
    assertThatThrownBy(node::resume)
        .isInstanceOfSatisfying(
            StartFailure.class,
            failure -> {
              assertThat(failure.exitCode()).isEqualTo(code);
              assertThat(failure.getMessage()).contains(words).doesNotContain("\n");
            });
  }

  private Path generation() throws IOException {
    try (Stream<Path> generations = Files.list(folder.resolve("m1/state"))) {
      return generations.sorted().toList().getLast();
    }
  }

  private String statePosition() {
    var home = new StateHome(folder.resolve("m1/state"), StoreSettings.DEFAULT, _ -> {});
    try {
      return home.current().kv().appliedTerm() + " " + home.current().kv().appliedIndex();
    } finally {
      home.close();
    }
  }

  /// The row of the state's numbers ends with the feature level and a count of bytes.
  private void raiseFeatureLevel() throws IOException {
    RocksStore store = RocksStore.open(generation(), StoreSettings.DEFAULT, _ -> {});
    byte[] row;
    byte[] key;
    try (KvStore.Cursor cursor = store.latest().cursor(Space.META, new byte[] {'s'}, null)) {
      assertThat(cursor.next()).isTrue();
      key = cursor.key();
      row = cursor.value();
    }
    ByteBuffer.wrap(row).putInt(row.length - Long.BYTES - Integer.BYTES, Kv.MAX_FEATURE_LEVEL + 1);
    KvStore.Batch batch = store.newBatch();
    batch.put(Space.META, key, row);
    store.write(batch);
    store.flush();
    store.close();
  }

  /// The newest segment's header: a block with the version at 8 and a checksum at its end.
  private void raiseLogFormat() throws IOException {
    List<Path> segments;
    try (Stream<Path> files = Files.list(folder.resolve("m1/log"))) {
      segments = files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
    }
    assertThat(segments).isNotEmpty();
    try (FileChannel channel =
        FileChannel.open(segments.getLast(), StandardOpenOption.WRITE, StandardOpenOption.READ)) {
      ByteBuffer block = ByteBuffer.allocate(512);
      channel.read(block, 0);
      block.putInt(8, 99);
      var crc = new CRC32C();
      crc.update(block.slice(0, 508));
      block.putInt(508, (int) crc.getValue());
      channel.write(block.rewind(), 0);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }
}
