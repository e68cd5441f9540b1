package io.kvorum.node.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.node.core.log.DamagedLogException;
import io.kvorum.node.core.log.DiskFailedException;
import io.kvorum.node.core.log.Log;
import io.kvorum.node.core.log.LogIdentity;
import io.kvorum.node.core.log.LogOptions;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.EntryType;
import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.MemberId;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The log on a real file system.
class LogKeeperTest {

  private static final LogIdentity IDENTITY = new LogIdentity(1, 2);
  private static final LogOptions SMALL = new LogOptions(64 << 10, 4 << 10, 2, 8 << 10);

  @TempDir Path folder;

  @Test
  void whatWasSyncedIsThereAfterReopening() {
    List<Entry> written = new ArrayList<>();
    try (LogKeeper keeper = LogKeeper.create(folder, SMALL, IDENTITY, LogPosition.ZERO)) {
      for (int batch = 0; batch < 200; batch++) {
        List<Entry> entries = entries(written.size() + 1, 1 + batch % 7, 300);
        written.addAll(entries);
        keeper.log().append(entries, new HardState(1, new MemberId(2), written.size()));
        keeper.log().sync();
      }
    }

    assertThat(LogKeeper.isIn(folder)).isTrue();
    try (LogKeeper keeper = LogKeeper.open(folder, SMALL, IDENTITY)) {
      assertThat(keeper.log().recovered().hardState())
          .isEqualTo(new HardState(1, new MemberId(2), written.size()));
      assertThat(keeper.log().entries(1, written.size() + 1, Long.MAX_VALUE)).isEqualTo(written);
    }
  }

  @Test
  void anEntryLargerThanASegmentGetsALargerOne() {
    Entry large = entries(1, 1, 300_000).getFirst();
    try (LogKeeper keeper = LogKeeper.create(folder, SMALL, IDENTITY, LogPosition.ZERO)) {
      keeper.log().append(List.of(large), null);
      keeper.log().sync();
    }
    try (LogKeeper keeper = LogKeeper.open(folder, SMALL, IDENTITY)) {
      assertThat(keeper.log().entries(1, 2, 1)).containsExactly(large);
    }
  }

  @Test
  void aVeryLargeAppendBecomesSeveralRecords() {
    List<Entry> many = entries(1, 40, 200_000);
    try (LogKeeper keeper =
        LogKeeper.create(folder, LogOptions.DEFAULT, IDENTITY, LogPosition.ZERO)) {
      keeper.log().append(many, new HardState(1, MemberId.NONE, 40));
      keeper.log().sync();
    }
    try (LogKeeper keeper = LogKeeper.open(folder, SMALL, IDENTITY)) {
      assertThat(keeper.log().entries(1, 41, Long.MAX_VALUE)).isEqualTo(many);
      assertThat(keeper.log().recovered().hardState().commit()).isEqualTo(40);
    }
  }

  /// Segments are recycled while another thread reads entries that are just compacted away: it gets
  /// the right ones or none.
  @Test
  void readingWhileSegmentsAreRecycledNeverSeesOtherEntries() throws Exception {
    try (LogKeeper keeper = LogKeeper.create(folder, SMALL, IDENTITY, LogPosition.ZERO)) {
      Log log = keeper.log();
      var done = new AtomicBoolean();
      var failure = new AtomicReference<@Nullable Throwable>();
      Thread reader = Thread.ofPlatform().start(() -> readAll(log, done, failure));
      long last = 0;
      for (int batch = 0; batch < 2_000; batch++) {
        List<Entry> entries = entries(last + 1, 5, 200);
        last += entries.size();
        log.append(entries, null);
        log.sync();
        if (last > 500) {
          log.compactTo(last - 500);
        }
      }
      done.set(true);
      reader.join();
      assertThat(failure.get()).isNull();
      assertThat(log.firstIndex()).isGreaterThan(1);
    }
    try (var files = Files.list(folder)) {
      assertThat(files.count()).as("segments were recycled, not piled up").isLessThan(60);
    }
  }

  private static void readAll(
      Log log, AtomicBoolean done, AtomicReference<@Nullable Throwable> failure) {
    try {
      while (!done.get()) {
        long first = log.firstIndex();
        for (Entry entry : log.entries(first, first + 100, 10_000)) {
          assertThat(entry).isEqualTo(entries(entry.index(), 1, 200).getFirst());
        }
      }
    } catch (RuntimeException | AssertionError e) {
      failure.set(e);
    }
  }

  @Test
  void damageNamesFileAndOffset() throws IOException {
    try (LogKeeper keeper = LogKeeper.create(folder, SMALL, IDENTITY, LogPosition.ZERO)) {
      keeper.log().append(entries(1, 3, 100), null);
      keeper.log().sync();
    }
    Path segment = folder.resolve("0000000000000001.log");
    try (var file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.seek(600);
      file.write(0x77);
    }
    assertThatThrownBy(() -> LogKeeper.open(folder, SMALL, IDENTITY))
        .isInstanceOf(DamagedLogException.class)
        .hasMessageContaining(segment + " at offset 512");
  }

  @Test
  void whatCannotBeUsedIsNamedWithTheOperation() throws IOException {
    assertThatThrownBy(
            () -> LogKeeper.create(folder.resolve("none"), SMALL, IDENTITY, LogPosition.ZERO))
        .isInstanceOf(DiskFailedException.class)
        .hasMessage("cannot list " + folder.resolve("none") + ": no such file");

    LogKeeper.create(folder, SMALL, IDENTITY, LogPosition.ZERO).close();
    Path segment = folder.resolve("0000000000000001.log");
    Files.delete(segment);
    Files.createDirectory(segment);
    assertThatThrownBy(() -> LogKeeper.open(folder, SMALL, IDENTITY))
        .isInstanceOf(DiskFailedException.class)
        .hasMessage("cannot open " + segment + ": Is a directory");
  }

  private static List<Entry> entries(long from, int count, int bytes) {
    var entries = new ArrayList<Entry>();
    for (long index = from; index < from + count; index++) {
      byte[] data = new byte[bytes];
      Arrays.fill(data, (byte) index);
      entries.add(new Entry(1, index, EntryType.COMMAND, data));
    }
    return entries;
  }
}
