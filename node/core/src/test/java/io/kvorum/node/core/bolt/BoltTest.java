package io.kvorum.node.core.bolt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.testkit.Seeds;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// Files that are written are read back the same, and damaged ones end in an error.
final class BoltTest {

  private static final byte[] NOTHING = new byte[0];

  @Test
  void emptyBuckets_areThere() {
    byte[] file = written(List.of(bucket("a"), bucket("b")));
    BoltFile read = BoltFile.open(source(file));
    assertThat(read.buckets()).containsExactly("a", "b");
    assertThat(rows(read, "a")).isEmpty();
    assertThat(rows(read, "no such bucket")).isEmpty();
    assertThat(read.usedBytes()).isEqualTo(file.length).isEqualTo(6 * 4_096);
  }

  @Test
  void severalLevels_andLongValues_areReadBack() {
    var rows = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
    for (int i = 0; i < 50_000; i++) {
      rows.put(key(i), i % 5_000 == 0 ? new byte[100_000] : ("value" + i).getBytes(UTF));
    }
    for (int i = 0; i < 300; i++) {
      // Long keys make branches narrow: a tree of many levels.
      rows.put(("z" + i + "z".repeat(1_900)).getBytes(UTF), new byte[3_000]);
    }
    byte[] file = written(List.of(BoltBucket.of("rows", rows)));
    assertThat(depth(file)).isGreaterThan(3);
    assertSame(rows(BoltFile.open(source(file)), "rows"), rows);
  }

  @Test
  void anyEntries_areReadBack() {
    Seeds.forEach(
        30,
        random -> {
          SortedMap<byte[], byte[]> first = random(random);
          SortedMap<byte[], byte[]> second = random(random);
          byte[] written =
              written(List.of(BoltBucket.of("first", first), BoltBucket.of("second", second)));
          BoltFile file = BoltFile.open(source(written));
          assertSame(rows(file, "first"), first);
          assertSame(rows(file, "second"), second);
        });
  }

  /// The place of a tree is given out before the order of its rows is known.
  @Test
  void longRows_inAnyOrder_fitTheirPlace() {
    Seeds.forEach(
        10,
        random -> {
          SortedMap<byte[], byte[]> rows = new TreeMap<>(Arrays::compareUnsigned);
          int count = 2 + random.nextInt(400);
          for (int i = 0; i < count; i++) {
            int most = random.nextInt(8) == 0 ? 400_000 : 6_000;
            rows.put(key(i), bytes(random, random.nextInt(most)));
          }
          byte[] file = written(List.of(BoltBucket.of("rows", rows)));
          assertSame(rows(BoltFile.open(source(file)), "rows"), rows);
        });
  }

  @Test
  void rowsThatWereNotCounted_areRefused() {
    BoltBucket counted = BoltBucket.of("rows", Map.of(key(1), NOTHING));
    BoltBucket found = BoltBucket.of("rows", Map.of(key(1), NOTHING, key(2), NOTHING));
    BoltImage image =
        BoltImage.layOut(List.of(new BoltBucket("rows", counted.totals(), found.rows())));
    assertThatThrownBy(() -> image.writeTo((_, _) -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("bucket rows has other rows");
  }

  @Test
  void damage_isAnErrorOrHarmless() {
    Seeds.forEach(
        300,
        random -> {
          byte[] file = written(List.of(BoltBucket.of("rows", random(random))));
          for (int i = 0; i < 4; i++) {
            // Mostly where structure is: the heads of pages.
            int page = random.nextInt(file.length / 4_096) * 4_096;
            int at = page + random.nextInt(random.nextBoolean() ? 48 : 4_096);
            file[at] = (byte) random.nextInt(256);
          }
          try {
            BoltFile read = BoltFile.open(source(file));
            for (String bucket : read.buckets()) {
              rows(read, bucket);
            }
          } catch (DamagedBoltException _) {
            // Noticed.
          }
        });
  }

  @Test
  void foreignAndCutFiles_areRefused() {
    assertThatThrownBy(() -> BoltFile.open(source(NOTHING)))
        .isInstanceOf(DamagedBoltException.class)
        .hasMessageContaining("not a bbolt file");
    assertThatThrownBy(() -> BoltFile.open(source(new byte[100_000])))
        .isInstanceOf(DamagedBoltException.class);
    byte[] file = written(List.of(bucket("a"), bucket("b")));
    assertThatThrownBy(() -> BoltFile.open(source(Arrays.copyOf(file, 3 * 4_096))))
        .isInstanceOf(DamagedBoltException.class)
        .hasMessageContaining("cut off");
  }

  @Test
  void damagedFirstMetaPage_isReplacedByTheSecond() {
    byte[] file = written(List.of(bucket("a")));
    Arrays.fill(file, 0, 4_096, (byte) 7);
    assertThat(BoltFile.open(source(file)).buckets()).containsExactly("a");
  }

  private static final java.nio.charset.Charset UTF = StandardCharsets.UTF_8;

  private static byte[] key(int i) {
    return "%08d".formatted(i).getBytes(UTF);
  }

  private static BoltBucket bucket(String name) {
    return BoltBucket.of(name, Map.of());
  }

  private static SortedMap<byte[], byte[]> random(RandomGenerator random) {
    var rows = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
    int count = random.nextInt(random.nextBoolean() ? 10 : 3_000);
    for (int i = 0; i < count; i++) {
      int keyLength = 1 + random.nextInt(random.nextInt(20) == 0 ? 3_000 : 30);
      rows.put(bytes(random, keyLength), bytes(random, random.nextInt(i % 50 == 0 ? 9_000 : 60)));
    }
    return rows;
  }

  private static byte[] bytes(RandomGenerator random, int length) {
    var bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] written(List<BoltBucket> buckets) {
    BoltImage image = BoltImage.layOut(buckets);
    var out = new ByteArrayOutputStream();
    image.writeTo((bytes, length) -> out.write(bytes, 0, length));
    assertThat(out.size()).isEqualTo((int) image.sizeBytes());
    byte[] file = out.toByteArray();
    new PageUse(file).check();
    return file;
  }

  private static int depth(byte[] file) {
    int depth = 0;
    for (int page = 0; page < file.length; page += 4_096) {
      if (BoltFormat.getLong(file, page) == page / 4_096
          && BoltFormat.getShort(file, page + 8) == BoltFormat.BRANCH) {
        depth++;
      }
    }
    return depth;
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

  private static List<Map.Entry<byte[], byte[]>> rows(BoltFile file, String bucket) {
    var rows = new ArrayList<Map.Entry<byte[], byte[]>>();
    try (BoltEntries entries = file.entries(bucket)) {
      while (entries.next()) {
        rows.add(Map.entry(entries.key(), entries.value()));
      }
    }
    return rows;
  }

  private static void assertSame(
      List<Map.Entry<byte[], byte[]>> found, SortedMap<byte[], byte[]> expected) {
    assertThat(found).hasSize(expected.size());
    int i = 0;
    for (Map.Entry<byte[], byte[]> row : expected.entrySet()) {
      assertThat(found.get(i).getKey()).isEqualTo(row.getKey());
      assertThat(found.get(i).getValue()).isEqualTo(row.getValue());
      i++;
    }
  }
}
