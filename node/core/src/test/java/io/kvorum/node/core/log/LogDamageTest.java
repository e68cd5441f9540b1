package io.kvorum.node.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.node.core.log.LogFiles.Unit;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.EntryType;
import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.testkit.Seeds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// What was provably durable and is altered on disk is always found, and named by file and offset.
class LogDamageTest {

  private static final LogIdentity IDENTITY = new LogIdentity(1, 2);
  private static final long SALT = 0x5a17;
  private static final int SEEDS = 1_000;

  /// A log after some appends, each synced, and what it held after each of them.
  private static final class Written {
    final SimulatedDisk disk;
    final LogOptions options;
    final List<List<Entry>> states = new ArrayList<>();

    Written(RandomGenerator random) {
      disk = new SimulatedDisk(random);
      options = new LogOptions(1024 << random.nextInt(4), 1024, 2, 0);
      Log log = Log.create(disk, options, IDENTITY, SALT, LogPosition.ZERO, () -> {});
      var entries = new ArrayList<Entry>();
      for (int batches = 2 + random.nextInt(20); batches > 0; batches--) {
        boolean replaces = !entries.isEmpty() && random.nextInt(8) == 0;
        int keep = replaces ? 1 + random.nextInt(entries.size()) : entries.size();
        entries.subList(keep, entries.size()).clear();
        for (int i = random.nextInt(5); i >= 0; i--) {
          byte[] data = new byte[random.nextInt(400)];
          random.nextBytes(data);
          entries.add(new Entry(1, entries.size() + 1L, EntryType.COMMAND, data));
        }
        log.append(entries.subList(keep, entries.size()), new HardState(1, MemberId.NONE, 0));
        log.sync();
        log.maintain();
        states.add(List.copyOf(entries));
      }
      if (random.nextBoolean()) {
        log.close();
      }
      disk.kill();
    }

    Log open() {
      return Log.open(disk, options, IDENTITY, () -> {});
    }

    List<Entry> reopened() {
      Log log = open();
      return log.entries(1, log.lastIndex() + 1, Long.MAX_VALUE);
    }
  }

  @Test
  void damageBeforeTheProvenPlaceIsNamed() {
    Seeds.forEach(
        SEEDS,
        random -> {
          var log = new Written(random);
          List<Unit> units = LogFiles.units(log.disk, SALT);
          DiskOffset proven = LogFiles.proven(units);
          List<Unit> safe =
              units.stream()
                  .filter(unit ->
                      !new DiskOffset(unit.segment(), unit.offset() + unit.bytes())
                          .isBehind(proven))
                  .toList();
          Unit damaged = safe.get(random.nextInt(safe.size()));
          damage(log.disk, damaged, random);

          assertThatThrownBy(log::open)
              .isInstanceOfSatisfying(
                  DamagedLogException.class,
                  e -> {
                    assertThat(e.path()).isEqualTo("disk/" + damaged.file());
                    assertThat(e.offset()).isEqualTo(damaged.offset());
                  });
        });
  }

  @Test
  void damageThatCannotBeToldFromATornTailIsCut() {
    Seeds.forEach(
        SEEDS,
        random -> {
          var log = new Written(random);
          List<Unit> units = LogFiles.units(log.disk, SALT);
          Unit last = units.getLast();
          if (!new DiskOffset(last.segment(), last.offset() + last.bytes())
              .isBehind(LogFiles.proven(units))) {
            return;
          }
          damage(log.disk, last, random);

          boolean empty = last.head() != null && last.head().entries() == 0;
          assertThat(log.reopened()).isEqualTo(log.states.get(log.states.size() - (empty ? 1 : 2)));
        });
  }

  @Test
  void newestSegmentThatIsCutShort_isFound() {
    Seeds.forEach(
        SEEDS,
        random -> {
          var log = new Written(random);
          SegmentFile newest = newest(log.disk);
          newest.truncate(random.nextLong(SegmentHeader.BYTES, newest.size()));

          assertThatThrownBy(log::open)
              .isInstanceOf(DamagedLogException.class)
              .hasMessageContaining("the file ends here");
        });
  }

  /// The one before it was cut to what it holds when the lost one began.
  @Test
  void newestSegmentThatIsMissing_isFound() {
    Seeds.forEach(
        SEEDS,
        random -> {
          var log = new Written(random);
          Log reopened = log.open();
          long next = reopened.lastIndex() + 1;
          reopened.append(List.of(new Entry(1, next, EntryType.COMMAND, new byte[9])), null);
          reopened.sync();
          log.disk.kill();
          log.disk.lose(newest(log.disk).name());

          assertThatThrownBy(log::open)
              .isInstanceOf(DamagedLogException.class)
              .hasMessageContaining("or a segment behind it, is lost");
        });
  }

  private static SegmentFile newest(SimulatedDisk disk) {
    return disk.open(disk.names().stream().filter(Segment::isName).toList().getLast());
  }

  @Test
  void whatStandsBehindTheEndDoesNotMatter() {
    Seeds.forEach(
        SEEDS,
        random -> {
          var log = new Written(random);
          Unit last = LogFiles.units(log.disk, SALT).getLast();
          int end = last.offset() + last.bytes();
          byte[] rest = new byte[log.disk.content(last.file()).length - end];
          random.nextBytes(rest);
          log.disk.corrupt(last.file(), end, rest);

          assertThat(log.reopened()).isEqualTo(log.states.getLast());
        });
  }

  /// A disk that writes to the wrong place: the record is whole and of this segment, but it breaks
  /// the chain.
  @Test
  void aRecordInTheWrongPlaceIsFound() {
    var disk = new SimulatedDisk(new SplittableRandom(1));
    var options = new LogOptions(4096, 4096, 2, 0);
    Log log = Log.create(disk, options, IDENTITY, SALT, LogPosition.ZERO, () -> {});
    for (int index = 1; index <= 3; index++) {
      log.append(List.of(new Entry(1, index, EntryType.COMMAND, new byte[100])), null);
      log.sync();
    }
    disk.kill();
    List<Unit> units = LogFiles.units(disk, SALT);
    Unit first = units.get(1);
    byte[] content = disk.content(first.file());
    byte[] record = Arrays.copyOfRange(content, first.offset(), first.offset() + first.bytes());
    disk.corrupt(first.file(), units.get(2).offset(), record);

    assertThatThrownBy(() -> Log.open(disk, options, IDENTITY, () -> {}))
        .isInstanceOf(DamagedLogException.class)
        .hasMessageContaining("at offset " + units.get(2).offset());
  }

  /// A client stores what would be a record of this very segment, and of a log that was durable far
  /// beyond it, if only the client knew the salt. Torn off, it must not pass for a proof.
  @Test
  void aValueThatLooksLikeARecordProvesNothing() {
    var disk = new SimulatedDisk(new SplittableRandom(1));
    var options = new LogOptions(4096, 4096, 2, 0);
    Log log = Log.create(disk, options, IDENTITY, SALT, LogPosition.ZERO, () -> {});
    int guesses = 0;
    for (long salt : new long[] {0, IDENTITY.memberId(), IDENTITY.clusterId()}) {
      log.append(List.of(new Entry(1, ++guesses, EntryType.COMMAND, forgedRecord(salt))), null);
    }
    log.sync();
    disk.kill();
    disk.corrupt("0000000000000001.log", SegmentHeader.BYTES, new byte[BatchHead.BYTES]);

    Log reopened = Log.open(disk, options, IDENTITY, () -> {});
    assertThat(reopened.lastIndex()).isZero();
  }

  /// Bytes in which a record begins at a multiple of eight, wherever they come to stand.
  private static byte[] forgedRecord(long salt) {
    var forged = new BatchBuffer();
    forged.begin(100, 1);
    ByteBuffer record = forged.finish(salt, 1, 0, new DiskOffset(1, 700), HardState.EMPTY);
    var bytes = ByteBuffer.allocate(8 * (record.remaining() + 9));
    for (int shift = 0; shift < 8; shift++) {
      bytes.position(shift * (record.remaining() + 9)).put(record.duplicate());
    }
    return bytes.array();
  }

  /// Flips a bit, or blanks a sector as far as it belongs to the unit.
  private static void damage(SimulatedDisk disk, Unit unit, RandomGenerator random) {
    byte[] content = disk.content(unit.file());
    int at = unit.offset() + random.nextInt(unit.bytes());
    int sectorEnd =
        Math.min(
            (at / SimulatedDisk.SECTOR_BYTES + 1) * SimulatedDisk.SECTOR_BYTES,
            unit.offset() + unit.bytes());
    byte[] blank = new byte[sectorEnd - at];
    if (random.nextBoolean() && !Arrays.equals(content, at, sectorEnd, blank, 0, blank.length)) {
      disk.corrupt(unit.file(), at, blank);
    } else {
      byte flipped = (byte) (content[at] ^ 1 << random.nextInt(8));
      disk.corrupt(unit.file(), at, new byte[] {flipped});
    }
  }
}
