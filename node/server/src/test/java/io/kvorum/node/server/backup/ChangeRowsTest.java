package io.kvorum.node.server.backup;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.kvorum.node.core.bolt.BoltBucket;
import io.kvorum.node.core.bolt.BoltEntries;
import io.kvorum.node.core.bolt.BoltFile;
import io.kvorum.node.core.bolt.BoltImage;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.HistoryWalk;
import io.kvorum.node.core.kv.Import;
import io.kvorum.node.core.kv.KeyValue;
import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.MemoryStore;
import io.kvorum.node.core.kv.View;
import io.kvorum.testkit.Seeds;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// Changes become rows that etcd reads, byte by byte what protobuf's own code writes.
final class ChangeRowsTest {

  @Test
  void rows_areWhatProtobufWrites_andReadBackTheSame() {
    Seeds.forEach(
        10,
        random -> {
          List<HistoryWalk.Change> written = random(random);
          long revision = written.getLast().main();
          List<HistoryWalk.Change> found = new ArrayList<>();
          try (BoltEntries rows = BoltFile.open(source(file(written, revision))).entries("key")) {
            while (rows.next()) {
              HistoryWalk.Change change = EtcdRows.change(rows.key(), rows.value());
              assertThat(rows.value()).isEqualTo(message(change));
              found.add(change);
            }
          }
          assertThat(found).isEqualTo(written);
        });
  }

  @Test
  void skippedRevision_hasAnEmptyRow() {
    var change = new HistoryWalk.Change(0, true, KeyValue.deleted(Bytes.utf8("k"), 7));
    byte[] file = file(List.of(change), 1_000);
    try (BoltEntries rows = BoltFile.open(source(file)).entries("key")) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.key()).hasSize(18).endsWith('t');
      assertThat(rows.next()).isTrue();
      assertThat(rows.key()).isEqualTo(EtcdRows.revision(1_000, 0));
      assertThat(rows.value()).isEmpty();
      assertThat(rows.next()).isFalse();
    }
  }

  private static byte[] file(List<HistoryWalk.Change> changes, long revision) {
    var store = new MemoryStore();
    var filling = new Import(store);
    changes.forEach(filling::add);
    filling.finish(List.of(), revision, new Import.Compacted(-1, -1));
    try (View view = Kv.open(store).view()) {
      var bucket = new BoltBucket("key", ChangeRows.totals(view), () -> new ChangeRows(view));
      BoltImage image = BoltImage.layOut(List.of(bucket));
      var out = new ByteArrayOutputStream();
      image.writeTo((bytes, length) -> out.write(bytes, 0, length));
      assertThat(out.size()).isEqualTo((int) image.sizeBytes());
      return out.toByteArray();
    }
  }

  private static byte[] message(HistoryWalk.Change change) {
    KeyValue kv = change.current();
    return io.kvorum.node.proto.mvcc.KeyValue.newBuilder()
        .setKey(ByteString.copyFrom(kv.key().array()))
        .setCreateRevision(kv.createRevision())
        .setModRevision(change.isDeletion() ? 0 : kv.modRevision())
        .setVersion(kv.version())
        .setValue(ByteString.copyFrom(kv.value().array()))
        .setLease(kv.lease())
        .build()
        .toByteArray();
  }

  private static List<HistoryWalk.Change> random(RandomGenerator random) {
    var changes = new ArrayList<HistoryWalk.Change>();
    long main = 1L << random.nextInt(1, 40);
    for (int i = random.nextInt(4_000); i >= 0; i--) {
      main += 1 + random.nextInt(3);
      Bytes key = Bytes.wrap(bytes(random, 1 + random.nextInt(300)));
      boolean isDeletion = random.nextInt(5) == 0;
      KeyValue put =
          new KeyValue(
              key,
              1 + random.nextLong(main),
              main,
              1 + random.nextInt(300),
              random.nextInt(3) - 1,
              Bytes.wrap(bytes(random, random.nextInt(400))));
      changes.add(
          new HistoryWalk.Change(0, isDeletion, isDeletion ? KeyValue.deleted(key, main) : put));
    }
    return changes;
  }

  private static byte[] bytes(RandomGenerator random, int length) {
    var bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static BoltFile.Source source(byte[] file) {
    return new BoltFile.Source() {
      @Override
      public long sizeBytes() {
        return file.length;
      }

      @Override
      public void read(long offset, byte[] into) {
        System.arraycopy(file, Math.toIntExact(offset), into, 0, into.length);
      }
    };
  }
}
