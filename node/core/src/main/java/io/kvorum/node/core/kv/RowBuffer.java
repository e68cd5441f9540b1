package io.kvorum.node.core.kv;

import java.util.Arrays;

/// Keys or values copied out of cursors, one behind the other. It grows up to a limit and is used
/// again and again, so that a walk over millions of rows makes no garbage.
final class RowBuffer {

  private static final int INITIAL_BYTES = 16 << 10;

  private final int maxBytes;
  private byte[] array = new byte[INITIAL_BYTES];
  private int used;

  /// @param maxBytes how much `maybeAddValue` takes
  RowBuffer(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /// Everything up to `used`; another one after something was added.
  byte[] array() {
    return array;
  }

  int used() {
    return used;
  }

  /// Forgets what stands behind a place.
  void cutTo(int length) {
    used = length;
  }

  /// Adds the value that the cursor stands on, however long it is.
  void addValue(KvStore.Cursor cursor) {
    int length = cursor.value(array, used);
    if (length > array.length - used) {
      grow(Math.addExact(used, length));
      length = cursor.value(array, used);
    }
    used += length;
  }

  /// Adds the value that the cursor stands on, unless that is too much.
  boolean maybeAddValue(KvStore.Cursor cursor) {
    int length = cursor.value(array, used);
    if (length > array.length - used) {
      if (length > maxBytes - used) {
        return false;
      }
      grow(used + length);
      length = cursor.value(array, used);
    }
    used += length;
    return true;
  }

  private void grow(int needed) {
    array = Arrays.copyOf(array, (int) Math.max(needed, Math.min(2L * array.length, maxBytes)));
  }
}
