package io.kvorum.node.core.raft;

import io.kvorum.node.core.Invariant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// A log store in memory that behaves like one on a disk: what was written is visible at once, and
/// what was not synced may be gone after a crash. For tests and simulations.
public final class MemoryLog implements LogView {
  /// What a disk holds.
  private static final class Content {
    HardState hardState = HardState.EMPTY;
    LogPosition base;
    List<Entry> entries = new ArrayList<>();

    Content(LogPosition base) {
      this.base = base;
    }

    Content(Content other) {
      hardState = other.hardState;
      base = other.base;
      entries = new ArrayList<>(other.entries);
    }

    void write(Ready ready) {
      Snapshot snapshot = ready.snapshot();
      if (snapshot != null) {
        restart(snapshot.position());
      }
      HardState next = ready.hardState();
      if (next != null) {
        hardState = next;
      }
      if (!ready.entries().isEmpty()) {
        overwrite(ready.entries());
      }
    }

    void restart(LogPosition position) {
      base = position;
      entries = new ArrayList<>();
    }

    private void overwrite(List<Entry> fresh) {
      long from = fresh.getFirst().index();
      Invariant.check(from > base.index() && from <= last() + 1, "no gap in the log", from, last());
      entries.subList((int) (from - base.index() - 1), entries.size()).clear();
      entries.addAll(fresh);
    }

    long last() {
      return base.index() + entries.size();
    }

    Entry get(long index) {
      return entries.get((int) (index - base.index() - 1));
    }

    void compactTo(long index) {
      if (index > base.index()) {
        LogPosition position = get(index).position();
        entries.subList(0, (int) (index - base.index())).clear();
        base = position;
      }
    }
  }

  private final ArrayDeque<Ready> unsynced = new ArrayDeque<>();
  private Content written;
  private Content synced;

  /// A log that begins after this position.
  public MemoryLog(LogPosition base) {
    written = new Content(base);
    synced = new Content(base);
  }

  public void write(Ready ready) {
    written.write(ready);
    unsynced.add(ready);
  }

  /// Makes everything up to this Ready durable.
  public void sync(long readyNumber) {
    while (!unsynced.isEmpty() && unsynced.element().number() <= readyNumber) {
      synced.write(unsynced.remove());
    }
  }

  /// How many writes a crash might lose.
  public int unsyncedWrites() {
    return unsynced.size();
  }

  /// Loses all writes that were not synced, but for the first few, which had reached the disk by
  /// chance.
  public void crash(int surviving) {
    for (int i = 0; i < surviving; i++) {
      synced.write(unsynced.remove());
    }
    unsynced.clear();
    written = new Content(synced);
  }

  /// Begins anew after this position, durably; the hard state stays.
  public void restart(LogPosition position) {
    Invariant.check(unsynced.isEmpty(), "no write is under way");
    written.restart(position);
    synced.restart(position);
  }

  /// Forgets entries up to a synced index.
  public void compactTo(long index) {
    Invariant.check(
        index <= synced.last(), "only what is synced is compacted", index, synced.last());
    written.compactTo(index);
    synced.compactTo(index);
  }

  /// As a restart would find it.
  public HardState hardState() {
    return synced.hardState;
  }

  @Override
  public long firstIndex() {
    return written.base.index() + 1;
  }

  @Override
  public long lastIndex() {
    return written.last();
  }

  @Override
  public long term(long index) {
    if (index == written.base.index()) {
      return written.base.term();
    }
    if (index < written.base.index() || index > written.last()) {
      return UNKNOWN_TERM;
    }
    return written.get(index).term();
  }

  @Override
  public List<Entry> entries(long from, long until, long maxBytes) {
    if (from <= written.base.index()) {
      return List.of();
    }
    List<Entry> result = new ArrayList<>();
    long bytes = 0;
    for (long index = from; index < until && index <= written.last(); index++) {
      Entry entry = written.get(index);
      bytes += entry.size();
      if (bytes > maxBytes && !result.isEmpty()) {
        break;
      }
      result.add(entry);
    }
    return List.copyOf(result);
  }
}
