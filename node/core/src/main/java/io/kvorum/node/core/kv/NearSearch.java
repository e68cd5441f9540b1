package io.kvorum.node.core.kv;

import java.util.Arrays;

/// Finds keys of one space through one cursor. Those that are asked for in ascending order and lie
/// near each other cost a step each; a key far off costs a seek.
final class NearSearch implements AutoCloseable {

  /// A seek costs about as much as so many steps.
  private static final int MAX_STEPS = 8;

  private static final int INITIAL_KEY_BYTES = 64;

  private final KvStore.Cursor cursor;
  private byte[] key = new byte[INITIAL_KEY_BYTES];
  private int keyLength;

  /// Whether the cursor stands on a row, whose key then is `key`.
  private boolean isOnRow;

  /// Whether nothing lies between the key asked for last and the cursor.
  private boolean isRightBehind;

  /// How many steps are tried before a seek: fewer where they have not led there.
  private int steps = MAX_STEPS;

  NearSearch(KvStore.Cursor cursor) {
    this.cursor = cursor;
  }

  /// The row found.
  KvStore.Cursor row() {
    return cursor;
  }

  /// The next key may be below the one before it.
  void beginAnew() {
    isRightBehind = false;
    steps = MAX_STEPS;
  }

  /// Moves to the row with the key; false if there is none. The key is not below that asked for
  /// before it.
  boolean find(byte[] array, int from, int to) {
    int order = order(array, from, to);
    if (order > 0 && isRightBehind) {
      return false;
    }
    for (int i = 0; order < 0 && i < steps; i++) {
      moved(cursor.next());
      order = order(array, from, to);
      if (order >= 0) {
        isRightBehind = true;
        steps = Math.min(MAX_STEPS, 2 * steps);
        return order == 0;
      }
    }
    if (order != 0) {
      steps = Math.max(1, steps / 2);
      moved(cursor.seek(Arrays.copyOfRange(array, from, to)));
      order = order(array, from, to);
    }
    isRightBehind = true;
    return order == 0;
  }

  /// How the cursor's key compares; behind the last row it is above all.
  private int order(byte[] array, int from, int to) {
    return isOnRow ? Arrays.compareUnsigned(key, 0, keyLength, array, from, to) : 1;
  }

  private void moved(boolean toRow) {
    isOnRow = toRow;
    if (toRow) {
      keyLength = cursor.key(key, 0);
      if (keyLength > key.length) {
        key = new byte[keyLength];
        keyLength = cursor.key(key, 0);
      }
    }
  }

  @Override
  public void close() {
    cursor.close();
  }
}
