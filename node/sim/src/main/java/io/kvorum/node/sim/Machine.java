package io.kvorum.node.sim;

import io.kvorum.node.core.kv.KvStore;
import io.kvorum.node.core.kv.KvStore.Space;
import io.kvorum.node.core.kv.MemoryStore;
import io.kvorum.node.core.log.DamagedLogException;
import io.kvorum.node.core.log.DiskFailedException;
import io.kvorum.node.core.log.SimulatedDisk;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.replica.MemberRecord;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The machine of one member: what outlives its process, and what can happen to both.
///
/// On its disk is the log, whose un-synced writes a power loss may drop, tear or reorder. Its store
/// keeps what was flushed, and perhaps some batches more, in order.
final class Machine {
  /// A process that ended by itself is started again after this time.
  private static final int RESTART_AFTER = 10 * Simulation.TICK;

  final MemberId id;
  final Simulation world;

  /// Who founds the cluster together; empty for a member that joins later.
  final List<MemberRecord> founders;

  final SimulatedDisk disk;
  final RandomGenerator random;

  private MemoryStore store = new MemoryStore();

  /// What the store was before a snapshot replaced it, as long as a crash would bring it back.
  private @Nullable MemoryStore replaced;

  /// Where the store was installed from a snapshot, until the log follows it. Durable with it.
  private @Nullable LogPosition installed;

  private @Nullable Life life;
  private int lives;
  private boolean gone;

  /// Whether a bit of its log has flipped, and whether it has noticed.
  private boolean altered;

  private boolean broken;
  private long pausedUntil;
  private long stalledUntil;
  private int downFor = RESTART_AFTER;

  /// The highest commit index that is known to be on its disk.
  private long durableCommit;

  Machine(MemberId id, List<MemberRecord> founders, Simulation world) {
    this.id = id;
    this.founders = List.copyOf(founders);
    this.world = world;
    this.disk = new SimulatedDisk(world.randomness.stream(Randomness.Purpose.DISK, id.value()));
    this.random = world.randomness.stream(Randomness.Purpose.DRIVER, id.value());
  }

  @Nullable Life life() {
    return life;
  }

  boolean isLiving(Life asked) {
    return life == asked;
  }

  /// Whether the process would answer now.
  boolean isActing() {
    return life != null && pausedUntil <= world.schedule.now();
  }

  boolean isGone() {
    return gone;
  }

  MemoryStore store() {
    return store;
  }

  @Nullable LogPosition installed() {
    return installed;
  }

  long pausedFor() {
    return Math.max(0, pausedUntil - world.schedule.now());
  }

  long stalledFor() {
    return Math.max(0, stalledUntil - world.schedule.now());
  }

  // Life and death.

  void start() {
    if (gone || broken || life != null) {
      return;
    }
    lives++;
    guard(() -> {
      try {
        Life started = new Life(this, lives);
        life = started;
        started.begin();
      } catch (DamagedLogException damaged) {
        noteDamage(damaged);
      }
    });
  }

  /// A member whose log was altered may notice it at once, later or never, but must not go on once
  /// it has. A log that nobody altered is never damaged.
  private void noteDamage(DamagedLogException damaged) {
    if (!altered) {
      throw damaged;
    }
    world.timeline.add(id, "does not start:", damaged);
    broken = true;
  }

  boolean isBroken() {
    return broken;
  }

  /// Does something during which the power may go or the disk fail, which both end the process.
  void guard(Runnable action) {
    try {
      action.run();
    } catch (SimulatedDisk.PowerLost lost) {
      world.timeline.add(id, "loses power:", lost);
      losePower(downFor);
    } catch (DamagedLogException damaged) {
      noteDamage(damaged);
      disk.kill();
      end(RESTART_AFTER);
    } catch (DiskFailedException failure) {
      world.timeline.add(id, "stops:", failure);
      boolean pagesDropped = random.nextBoolean();
      if (pagesDropped) {
        losePower(downFor);
      } else {
        kill(downFor);
      }
    }
  }

  /// The process ends; what it has written to files is safe, what is in its memory is not.
  void kill(int restartAfter) {
    world.timeline.add(id, "is killed", "");
    disk.kill();
    end(restartAfter);
  }

  void losePower(int restartAfter) {
    world.timeline.add(id, "loses power", "");
    disk.powerLoss();
    end(restartAfter);
  }

  /// Ends in order: leadership handed over, log closed, state flushed.
  void stop(int restartAfter) {
    stop(restartAfter, () -> {});
  }

  private void stop(int restartAfter, Runnable whenClosed) {
    Life stopping = life;
    if (stopping == null) {
      return;
    }
    world.timeline.add(id, "stops on request", "");
    stopping.handOver();
    stopping.later(
        Simulation.ELECTION_TICKS * Simulation.TICK / 2,
        () -> {
          stopping.close();
          store.flush();
          kill(restartAfter);
          whenClosed.run();
        });
  }

  private void end(int restartAfter) {
    Life ended = life;
    life = null;
    pausedUntil = 0;
    if (ended != null) {
      world.clients.lost(ended);
    }
    store = survivor();
    replaced = null;
    downFor = RESTART_AFTER;
    world.schedule.in(restartAfter, this::start);
  }

  private MemoryStore survivor() {
    if (replaced != null && world.bug == Bug.LEAVES_SNAPSHOT_VOLATILE) {
      return replaced.crash();
    }
    MemoryStore survivor = store.crash(random);
    if (world.bug == Bug.APPLIED_INDEX_AHEAD_OF_DATA && random.nextBoolean()) {
      copyNumbers(store, survivor);
    }
    return survivor;
  }

  /// The rows beside the keys, the applied index among them.
  private static void copyNumbers(MemoryStore from, MemoryStore to) {
    KvStore.Batch batch = to.newBatch();
    try (KvStore.Cursor rows = from.latest().cursor(Space.META, new byte[0], null)) {
      while (rows.next()) {
        batch.put(Space.META, rows.key(), rows.value());
      }
    }
    to.write(batch);
    to.flush();
  }

  /// Was removed from its cluster, and the others know: it never runs again.
  void leave() {
    world.timeline.add(id, "was removed and stops", "");
    Life ended = life;
    life = null;
    gone = true;
    if (ended != null) {
      world.clients.lost(ended);
    }
  }

  // Bad luck.

  void losePowerDuring(int operations, int restartAfter) {
    downFor = restartAfter;
    disk.losePowerAfter(operations);
  }

  void failDisk(int operations, int restartAfter) {
    downFor = restartAfter;
    disk.failAfter(operations);
  }

  /// Behind a log that was closed in order every flaw can be told from a torn tail.
  void flipBit(int where, int restartAfter) {
    stop(
        restartAfter,
        () -> {
          List<String> files = disk.names();
          String file = files.get(where % files.size());
          byte[] content = disk.content(file);
          if (content.length > 0) {
            int offset = where % content.length;
            world.timeline.add(id, "has a flipped bit in", file, offset);
            altered = true;
            disk.corrupt(file, offset, new byte[] {(byte) (content[offset] ^ 1 << where % 8)});
          }
        });
  }

  void fillDisk(long duration) {
    world.timeline.add(id, "disk is full for", duration);
    disk.limitCapacity(0);
    world.schedule.in(duration, disk::unlimitCapacity);
  }

  void pause(long duration) {
    world.timeline.add(id, "pauses for", duration);
    pausedUntil = world.schedule.now() + duration;
  }

  void stall(long duration) {
    world.timeline.add(id, "disk stalls for", duration);
    stalledUntil = world.schedule.now() + duration;
  }

  /// All bad luck ends, down to the last.
  void recover() {
    pausedUntil = 0;
    stalledUntil = 0;
    disk.losePowerAfter(Integer.MAX_VALUE);
    disk.failAfter(Integer.MAX_VALUE);
    disk.unlimitCapacity();
    start();
  }

  // What its process does to it.

  /// A snapshot's content becomes the state, durably and at once.
  void install(MemoryStore content, LogPosition position) {
    replaced = store;
    store = content;
    installed = world.bug == Bug.INSTALLS_WITHOUT_MARK ? null : position;
  }

  /// The log begins behind the snapshot now.
  void logFollows(LogPosition position) {
    if (position.equals(installed)) {
      installed = null;
    }
  }

  void committedDurably(long index) {
    durableCommit = Math.max(durableCommit, index);
  }

  /// Whether it will know after a crash that everything up to an index is committed.
  boolean remembers(long index) {
    return durableCommit >= index;
  }
}
