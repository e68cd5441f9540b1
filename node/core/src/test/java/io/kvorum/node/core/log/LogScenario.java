package io.kvorum.node.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.EntryType;
import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.LogView;
import io.kvorum.node.core.raft.MemberId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/// The life of one log on a simulated disk: random writes, crashes in the midst of any of them, and
/// beside it a model that knows which states the log may be found in.
final class LogScenario {

  private static final LogIdentity IDENTITY = new LogIdentity(0xc1, 0xa1);
  private static final int LIVES = 6;
  private static final int MAX_STEPS = 60;
  private static final int MAX_OPERATIONS_BEFORE_POWER_LOSS = 120;

  /// What the log says after one append.
  ///
  /// @param base the position that the entries follow
  private record State(LogPosition base, List<Entry> entries, HardState hardState) {

    long lastIndex() {
      return base.index() + entries.size();
    }

    Entry entry(long index) {
      return entries.get((int) (index - base.index() - 1));
    }

    long term(long index) {
      return index == base.index() ? base.term() : entry(index).term();
    }

    List<Entry> slice(long from, long until) {
      return entries.subList((int) (from - base.index() - 1), (int) (until - base.index() - 1));
    }
  }

  private final RandomGenerator random;
  private final SimulatedDisk disk;
  private final LogOptions options;
  private SegmentFiles files;
  private boolean acknowledgesBeforeSync;

  /// The states that a crash may leave: the acknowledged one comes first.
  private final ArrayList<State> possible = new ArrayList<>();

  private State current;
  private long compacted;

  /// Opened by `begin`, with which each life begins.
  @SuppressWarnings("NullAway.Init")
  private Log log;

  LogScenario(RandomGenerator random) {
    this.random = random;
    disk = new SimulatedDisk(random);
    files = disk;
    int segmentBytes = 1024 << random.nextInt(5);
    options =
        new LogOptions(
            segmentBytes,
            random.nextBoolean() ? segmentBytes : 1024,
            random.nextInt(3),
            random.nextInt(3) * 700L);
    current = new State(LogPosition.ZERO, List.of(), HardState.EMPTY);
    possible.add(current);
  }

  LogScenario acknowledgingBeforeSync() {
    acknowledgesBeforeSync = true;
    return this;
  }

  LogScenario over(UnaryOperator<SegmentFiles> faulty) {
    files = faulty.apply(disk);
    return this;
  }

  void run() {
    for (int life = 0; life < LIVES; life++) {
      boolean powerLoss = random.nextInt(4) > 0;
      int operations = random.nextInt(MAX_OPERATIONS_BEFORE_POWER_LOSS);
      if (powerLoss) {
        disk.losePowerAfter(operations);
      } else if (random.nextBoolean()) {
        disk.failAfter(operations);
      }
      try {
        begin();
        for (int steps = random.nextInt(MAX_STEPS); steps > 0; steps--) {
          step();
        }
        if (random.nextInt(3) == 0) {
          log.close();
          acknowledge();
        }
      } catch (SimulatedDisk.PowerLost _) {
        powerLoss = true;
      } catch (DiskFailedException _) {
        // The process ends, and what it had not synced may be lost much later.
      }
      if (powerLoss) {
        disk.powerLoss();
      } else {
        disk.kill();
      }
    }
    begin();
  }

  private void begin() {
    if (Log.isIn(disk)) {
      log = Log.open(files, options, IDENTITY, () -> {});
      checkRecovered();
    } else {
      assertThat(possible)
          .as("the log is in no state that it may be in: it has vanished")
          .hasSize(1);
      assertThat(current.lastIndex()).isZero();
      log = Log.create(files, options, IDENTITY, 0x5a17, LogPosition.ZERO, () -> {});
    }
  }

  /// Finds the state that the log is in, which is acknowledged from now on.
  private void checkRecovered() {
    Recovered recovered = log.recovered();
    State found =
        possible.stream()
            .filter(state -> matches(state, recovered))
            .findFirst()
            .orElseThrow(() ->
                new AssertionError(
                    "the log is in no state that it may be in: found %s with %s, possible %s, compacted to %d"
                        .formatted(recovered, contents(), possible, compacted)));
    // What was compacted is committed, even if the hard state that said so was lost.
    current = new State(found.base, found.entries, recovered.hardState());
    acknowledge();
  }

  private List<Entry> contents() {
    return log.entries(log.firstIndex(), log.lastIndex() + 1, Long.MAX_VALUE);
  }

  private boolean matches(State state, Recovered recovered) {
    LogPosition start = recovered.start();
    long commit = Math.max(state.hardState.commit(), start.index());
    var hardState = new HardState(state.hardState.term(), state.hardState.vote(), commit);
    return recovered.hardState().equals(hardState)
        && recovered.last().index() == state.lastIndex()
        && start.index() >= state.base.index()
        && start.index() <= Math.max(compacted, state.base.index())
        && start.term() == state.term(start.index())
        && log.firstIndex() == start.index() + 1
        && contents().equals(state.slice(start.index() + 1, state.lastIndex() + 1));
  }

  private void step() {
    switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4, 5, 6 -> append();
      case 7, 8, 9, 10, 11 -> sync();
      case 12, 13, 14 -> log.maintain();
      case 15, 16 -> read();
      case 17, 18 -> compact();
      default -> maybeRestart();
    }
  }

  private void append() {
    HardState old = current.hardState;
    long term = old.term() + (random.nextInt(8) == 0 ? 1 : 0);
    long from = current.lastIndex() + 1;
    if (random.nextInt(6) == 0) {
      from = old.commit() + 1 + random.nextLong(from - old.commit());
      term = old.term() + 1;
    }
    var entries = new ArrayList<Entry>();
    for (int i = random.nextInt(4); i > 0; i--) {
      var type = EntryType.ofCode(random.nextInt(3));
      entries.add(new Entry(term, from + entries.size(), type, data()));
    }
    var all = new ArrayList<>(current.entries);
    if (!entries.isEmpty()) {
      all = new ArrayList<>(current.slice(current.base.index() + 1, from));
      all.addAll(entries);
    }
    long last = current.base.index() + all.size();
    long commit = old.commit() + random.nextLong(last - old.commit() + 1);
    var hardState =
        random.nextBoolean() || term != old.term()
            ? new HardState(term, new MemberId(random.nextInt(4)), commit)
            : null;
    log.append(entries, hardState);
    current = new State(current.base, all, hardState == null ? old : hardState);
    possible.add(current);
  }

  /// Now and then what a file of the log holds: a client may store a copy of the log.
  private byte[] data() {
    if (random.nextInt(5) == 0) {
      byte[] file = disk.content(disk.names().get(random.nextInt(disk.names().size())));
      int from = 8 * random.nextInt(file.length / 8 + 1);
      return Arrays.copyOfRange(file, from, from + random.nextInt(file.length - from + 1));
    }
    byte[] data = new byte[random.nextInt(3) == 0 ? random.nextInt(1500) : random.nextInt(40)];
    random.nextBytes(data);
    return data;
  }

  private void sync() {
    if (acknowledgesBeforeSync) {
      acknowledge();
      log.sync();
    } else {
      log.sync();
      acknowledge();
    }
  }

  private void acknowledge() {
    possible.clear();
    possible.add(current);
  }

  private void read() {
    if (current.lastIndex() < log.firstIndex()) {
      return;
    }
    long from = log.firstIndex() + random.nextLong(current.lastIndex() - log.firstIndex() + 1);
    long until = from + 1 + random.nextLong(current.lastIndex() - from + 1);
    assertThat(log.term(from)).isEqualTo(current.term(from));
    assertThat(log.term(current.lastIndex() + 1)).isEqualTo(LogView.UNKNOWN_TERM);
    long maxBytes = random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(1000);
    List<Entry> read = log.entries(from, until, maxBytes);
    assertThat(read).isNotEmpty().isEqualTo(current.slice(from, from + read.size()));
    if (maxBytes == Long.MAX_VALUE) {
      assertThat(read).hasSize((int) (until - from));
    } else {
      long bytes = read.stream().mapToLong(Entry::size).sum();
      assertThat(read.size() == 1 || bytes <= maxBytes).isTrue();
      boolean complete = read.size() == until - from;
      assertThat(complete || bytes + current.entry(from + read.size()).size() > maxBytes).isTrue();
    }
  }

  private void compact() {
    long index = current.hardState.commit();
    if (index >= log.firstIndex()) {
      compacted = Math.max(compacted, index);
      log.compactTo(index);
      assertThat(log.firstIndex()).isLessThanOrEqualTo(index + 1);
      assertThat(log.term(log.firstIndex() - 1)).isEqualTo(current.term(log.firstIndex() - 1));
    }
  }

  private void maybeRestart() {
    if (random.nextInt(4) > 0) {
      return;
    }
    long index = current.hardState.commit() + 1 + random.nextInt(10);
    var position = new LogPosition(current.hardState.term(), index);
    var hardState = new HardState(position.term(), MemberId.NONE, index);
    current = new State(position, List.of(), hardState);
    possible.add(current);
    log.restart(position, hardState);
    acknowledge();
  }
}
