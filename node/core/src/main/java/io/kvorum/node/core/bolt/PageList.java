package io.kvorum.node.core.bolt;

import java.util.Arrays;

/// The pages of one level of a bucket's tree: the first key in each, and where each begins. This is
/// all that is kept of what was written until the level above is, so it is packed: some 30 bytes a
/// page.
final class PageList {

  private static final int INITIAL_PAGES = 16;

  private byte[] keys = new byte[INITIAL_PAGES * 18];
  private int[] keyEnds = new int[INITIAL_PAGES];
  private int[] starts = new int[INITIAL_PAGES];
  private int size;
  private int pages;

  /// Adds a page behind the others; it goes on for so many pages.
  void add(byte[] firstKey, int pageCount) {
    if (size == starts.length) {
      keyEnds = Arrays.copyOf(keyEnds, 2 * size);
      starts = Arrays.copyOf(starts, 2 * size);
    }
    int keyStart = keyStart(size);
    int keyEnd = Math.addExact(keyStart, firstKey.length);
    if (keyEnd > keys.length) {
      keys = Arrays.copyOf(keys, Math.max(keyEnd, (int) Math.min(2L * keys.length, 1 << 30)));
    }
    System.arraycopy(firstKey, 0, keys, keyStart, firstKey.length);
    keyEnds[size] = keyEnd;
    starts[size] = pages;
    pages = Math.addExact(pages, pageCount);
    size++;
  }

  int size() {
    return size;
  }

  /// The pages of the whole level.
  int pages() {
    return pages;
  }

  /// Where a page begins, counted from where its level does.
  int start(int index) {
    return starts[index];
  }

  byte[] firstKey(int index) {
    return Arrays.copyOfRange(keys, keyStart(index), keyEnds[index]);
  }

  int keyLength(int index) {
    return keyEnds[index] - keyStart(index);
  }

  /// What it takes of memory.
  long heldBytes() {
    return keys.length + (long) Integer.BYTES * (keyEnds.length + starts.length);
  }

  private int keyStart(int index) {
    return index == 0 ? 0 : keyEnds[index - 1];
  }
}
