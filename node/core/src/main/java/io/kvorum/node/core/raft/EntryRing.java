package io.kvorum.node.core.raft;

import io.kvorum.node.core.Invariant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/// The newest entries of the log, in memory: a queue that can also be cut at its tail and read
/// anywhere.
///
/// Invariant: holds exactly the indices from `first` until before `first + count`.
final class EntryRing {
  private static final int INITIAL_CAPACITY = 64;

  /// The length is a power of two, so that a mask finds an index's slot.
  private Entry[] slots = new Entry[INITIAL_CAPACITY];

  private long first;
  private int count;
  private long bytes;

  EntryRing(long first) {
    this.first = first;
  }

  long first() {
    return first;
  }

  long last() {
    return first + count - 1;
  }

  long bytes() {
    return bytes;
  }

  Entry get(long index) {
    Invariant.check(index >= first && index <= last(), "an entry is in memory", index, first);
    return slots[slot(index)];
  }

  void add(Entry entry) {
    Invariant.check(
        entry.index() == last() + 1, "entries follow each other", entry.index(), last());
    if (count == slots.length) {
      grow();
    }
    slots[slot(entry.index())] = entry;
    count++;
    bytes += entry.size();
  }

  private void grow() {
    Entry[] larger = new Entry[slots.length * 2];
    for (long index = first; index <= last(); index++) {
      larger[(int) (index & (larger.length - 1))] = slots[slot(index)];
    }
    slots = larger;
  }

  /// Forgets the entries from this index on.
  void cutFrom(long index) {
    while (count > 0 && last() >= index) {
      bytes -= clear(last());
      count--;
    }
  }

  /// Forgets the first entry.
  void dropFirst() {
    bytes -= clear(first);
    first++;
    count--;
  }

  /// Forgets everything and goes on at another index.
  void restart(long newFirst) {
    Arrays.fill(slots, null);
    first = newFirst;
    count = 0;
    bytes = 0;
  }

  /// Entries from `from` until before `until`, at least one, and no more than `maxBytes` beyond it.
  List<Entry> slice(long from, long until, long maxBytes) {
    long end = from;
    long size = 0;
    while (end < until) {
      size += get(end).size();
      if (size > maxBytes && end > from) {
        break;
      }
      end++;
    }
    return copy(from, (int) (end - from));
  }

  private List<Entry> copy(long from, int length) {
    Entry[] copy = new Entry[length];
    int start = slot(from);
    int untilWrap = Math.min(length, slots.length - start);
    System.arraycopy(slots, start, copy, 0, untilWrap);
    System.arraycopy(slots, 0, copy, untilWrap, length - untilWrap);
    return Collections.unmodifiableList(Arrays.asList(copy));
  }

  @SuppressWarnings("NullAway") // an empty slot is never read: get checks the bounds
  private int clear(long index) {
    int slot = slot(index);
    int size = slots[slot].size();
    slots[slot] = null;
    return size;
  }

  private int slot(long index) {
    return (int) (index & (slots.length - 1));
  }
}
