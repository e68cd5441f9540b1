package io.kvorum.node.core.bolt;

import java.util.Arrays;

/// A leaf page that is being filled. It goes on for as many pages as its rows take.
///
/// The table of its elements and what stands behind it are two arrays, since nobody knows how long
/// the table gets before the last row is there.
final class LeafPage {

  private static final int INITIAL_ROWS = 64;

  private final int elementFlags;
  private byte[] data;
  private int used;
  private int[] keyBytes = new int[INITIAL_ROWS];
  private int[] valueBytes = new int[INITIAL_ROWS];
  private int rows;

  /// Where the newest key begins.
  private int lastKey;

  /// @param elementFlags what the elements are: `IS_BUCKET`, or 0
  /// @param expectedBytes about as long as it gets
  LeafPage(int elementFlags, int expectedBytes) {
    this.elementFlags = elementFlags;
    data = new byte[expectedBytes + BoltFormat.PAGE_BYTES];
  }

  boolean isEmpty() {
    return rows == 0;
  }

  int rows() {
    return rows;
  }

  /// The bytes of its rows, with their elements.
  long bytes() {
    return (long) rows * BoltFormat.ELEMENT_BYTES + used;
  }

  /// Adds the row that the walk stands on. Its key is above that of the row before; so it is told
  /// whether the caller's rows ascend.
  boolean maybeAdd(BoltRows row) {
    int keyLength = row.keyBytes();
    int valueLength = row.valueBytes();
    int key = used;
    reserve(keyLength + valueLength);
    row.writeKey(data, key);
    if (rows > 0
        && Arrays.compareUnsigned(
                data, lastKey, lastKey + keyBytes[rows - 1], data, key, key + keyLength)
            >= 0) {
      return false;
    }
    row.writeValue(data, key + keyLength);
    if (rows == keyBytes.length) {
      keyBytes = Arrays.copyOf(keyBytes, 2 * rows);
      valueBytes = Arrays.copyOf(valueBytes, 2 * rows);
    }
    keyBytes[rows] = keyLength;
    valueBytes[rows] = valueLength;
    rows++;
    lastKey = key;
    used = key + keyLength + valueLength;
    return true;
  }

  /// Also the rest of the last page is to have room.
  private void reserve(int bytes) {
    int needed = Math.addExact(used, Math.addExact(bytes, BoltFormat.PAGE_BYTES));
    if (needed > data.length) {
      data = Arrays.copyOf(data, Math.max(needed, data.length + data.length / 2));
    }
  }

  byte[] firstKey() {
    return rows == 0 ? new byte[0] : Arrays.copyOf(data, keyBytes[0]);
  }

  byte[] lastKey() {
    return rows == 0
        ? new byte[0]
        : Arrays.copyOfRange(data, lastKey, lastKey + keyBytes[rows - 1]);
  }

  int pages() {
    return BoltFormat.pages(BoltFormat.HEADER_BYTES + bytes());
  }

  /// Hands the page over; nothing may be added any more.
  void writeTo(PageWriter out) {
    int table = BoltFormat.HEADER_BYTES + rows * BoltFormat.ELEMENT_BYTES;
    var head = new byte[table];
    BoltFormat.putHeader(head, out.next(), BoltFormat.LEAF, rows, pages());
    int element = BoltFormat.HEADER_BYTES;
    int at = table;
    for (int i = 0; i < rows; i++) {
      BoltFormat.putInt(head, element, elementFlags);
      BoltFormat.putInt(head, element + 4, at - element);
      BoltFormat.putInt(head, element + 8, keyBytes[i]);
      BoltFormat.putInt(head, element + 12, valueBytes[i]);
      at += keyBytes[i] + valueBytes[i];
      element += BoltFormat.ELEMENT_BYTES;
    }
    out.write(pages(), head, data);
  }
}
