package io.kvorum.node.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.EntryType;
import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.testkit.Seeds;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Power goes at any moment, again and again; the log keeps its promises. The tests of the test
/// plant faults and demand that they are found.
class LogCrashTest {

  private static final int SEEDS = 3_000;

  /// A planted fault must show within this many seeds.
  private static final int SEEDS_TO_FIND_A_FAULT = 20;

  private static final LogIdentity IDENTITY = new LogIdentity(0xc1, 0xa1);
  private static final LogOptions RECYCLING = new LogOptions(2048, 2048, 1, 0);

  /// They fill several segments.
  private static final int ENTRIES = 60;

  @Test
  void everythingSyncedSurvivesAndNothingElseIsMadeUp() {
    Seeds.forEach(SEEDS, random -> new LogScenario(random).run());
  }

  /// The disk fails when the new name of a recycled file is to be made durable; the next process
  /// finds it, and the power goes while it writes into it.
  @Test
  void recycledFileMayHaveItsOldNameAgain() {
    for (long seed = 1; seed <= 100; seed++) {
      for (int operations = 0; operations < 8; operations++) {
        var disk = new SimulatedDisk(new SplittableRandom(seed));
        Log log = Log.create(disk, RECYCLING, IDENTITY, 0x5a17, LogPosition.ZERO, () -> {});
        for (int index = 1; index <= ENTRIES; index++) {
          var entry = new Entry(1, index, EntryType.COMMAND, new byte[100]);
          log.append(List.of(entry), new HardState(1, new MemberId(1), index));
          log.sync();
        }
        log.compactTo(ENTRIES);
        disk.failAfter(1);
        assertThatThrownBy(log::maintain).isInstanceOf(DiskFailedException.class);
        disk.kill();
        disk.losePowerAfter(operations);
        try {
          log = Log.open(disk, RECYCLING, IDENTITY, () -> {});
        } catch (SimulatedDisk.PowerLost _) {
          // That is what shall happen at one place or the other.
        }
        disk.powerLoss();
        assertThat(Log.open(disk, RECYCLING, IDENTITY, () -> {}).lastIndex()).isEqualTo(ENTRIES);
      }
    }
  }

  @Test
  void acknowledgingBeforeTheSyncIsFound() {
    assertFound("acknowledging before the sync", seed -> seed.acknowledgingBeforeSync());
  }

  @Test
  void notSyncingFilesIsFound() {
    assertFound("not syncing files", seed -> seed.over(IgnoringFileSyncs::new));
  }

  @Test
  void notSyncingTheFolderIsFound() {
    assertFound("not syncing the folder", seed -> seed.over(IgnoringFolderSyncs::new));
  }

  private static void assertFound(String fault, UnaryOperator<LogScenario> planted) {
    for (long seed = 1; seed <= SEEDS_TO_FIND_A_FAULT; seed++) {
      var scenario = planted.apply(new LogScenario(new SplittableRandom(seed)));
      try {
        scenario.run();
      } catch (AssertionError e) {
        assertThat(e).hasMessageContaining("the log is in no state that it may be in");
        return;
      } catch (DamagedLogException _) {
        return;
      }
    }
    fail("%d seeds do not find: %s", SEEDS_TO_FIND_A_FAULT, fault);
  }

  private static class Delegating implements SegmentFiles {
    final SegmentFiles files;

    Delegating(SegmentFiles files) {
      this.files = files;
    }

    @Override
    public String path() {
      return files.path();
    }

    @Override
    public List<String> names() {
      return files.names();
    }

    @Override
    public SegmentFile create(String name) {
      return files.create(name);
    }

    @Override
    public SegmentFile open(String name) {
      return files.open(name);
    }

    @Override
    public void rename(SegmentFile file, String name) {
      files.rename(file, name);
    }

    @Override
    public void remove(SegmentFile file) {
      files.remove(file);
    }

    @Override
    public void syncDirectory() {
      files.syncDirectory();
    }
  }

  private static final class IgnoringFolderSyncs extends Delegating {
    IgnoringFolderSyncs(SegmentFiles files) {
      super(files);
    }

    @Override
    public void syncDirectory() {}
  }

  private static final class IgnoringFileSyncs extends Delegating {
    IgnoringFileSyncs(SegmentFiles files) {
      super(files);
    }

    @Override
    public SegmentFile create(String name) {
      return new NeverSynced(files.create(name));
    }

    @Override
    public SegmentFile open(String name) {
      return new NeverSynced(files.open(name));
    }

    @Override
    public void rename(SegmentFile file, String name) {
      files.rename(((NeverSynced) file).file, name);
    }

    @Override
    public void remove(SegmentFile file) {
      files.remove(((NeverSynced) file).file);
    }
  }

  private record NeverSynced(SegmentFile file) implements SegmentFile {
    @Override
    public String name() {
      return file.name();
    }

    @Override
    public String path() {
      return file.path();
    }

    @Override
    public long size() {
      return file.size();
    }

    @Override
    public void write(long offset, ByteBuffer bytes) {
      file.write(offset, bytes);
    }

    @Override
    public int read(long offset, ByteBuffer into) {
      return file.read(offset, into);
    }

    @Override
    public void sync() {}

    @Override
    public void truncate(long size) {
      file.truncate(size);
    }

    @Override
    public void close() {
      file.close();
    }
  }
}
