package io.kvorum.node.core.log;

import io.kvorum.node.core.raft.Entry;
import org.jspecify.annotations.Nullable;

/// A queue of entries with access by place.
final class EntryRing {

  private static final int INITIAL_CAPACITY = 64;

  /// Its length is a power of two.
  private @Nullable Entry[] slots = new @Nullable Entry[INITIAL_CAPACITY];

  private int head;
  private int size;

  Entry get(int place) {
    Entry entry = slots[slot(checked(place))];
    if (entry == null) {
      throw new IndexOutOfBoundsException(place);
    }
    return entry;
  }

  void addLast(Entry entry) {
    if (size == slots.length) {
      grow();
    }
    slots[slot(size)] = entry;
    size++;
  }

  Entry removeFirst() {
    Entry entry = get(0);
    slots[head] = null;
    head = slot(1);
    size--;
    return entry;
  }

  Entry removeLast() {
    Entry entry = get(size - 1);
    slots[slot(size - 1)] = null;
    size--;
    return entry;
  }

  void clear() {
    slots = new @Nullable Entry[INITIAL_CAPACITY];
    head = 0;
    size = 0;
  }

  private int checked(int place) {
    if (place < 0 || place >= size) {
      throw new IndexOutOfBoundsException(place);
    }
    return place;
  }

  private int slot(int place) {
    return (head + place) & (slots.length - 1);
  }

  private void grow() {
    var grown = new @Nullable Entry[2 * slots.length];
    for (int place = 0; place < size; place++) {
      grown[place] = slots[slot(place)];
    }
    slots = grown;
    head = 0;
  }
}
