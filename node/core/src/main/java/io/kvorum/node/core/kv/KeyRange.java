package io.kvorum.node.core.kv;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A range of keys `[start, end)`; without an end it is open above.
///
/// Invariant: a range that would be empty or reversed is `empty()`, whose end equals its start.
public record KeyRange(Bytes start, @Nullable Bytes end) implements KeyFilter {

  private static final Bytes ZERO = Bytes.wrap(new byte[] {0});

  /// Every key.
  public static final KeyRange ALL = new KeyRange(Bytes.EMPTY, null);

  public KeyRange {
    if (end != null && end.compareTo(start) < 0) {
      end = start;
    }
  }

  /// Reads etcd's notation: no range end is the single key, one zero byte is everything from the
  /// key on, anything else is an exclusive end.
  public static KeyRange of(Bytes key, Bytes rangeEnd) {
    if (rangeEnd.isEmpty()) {
      return single(key);
    }
    return rangeEnd.equals(ZERO) ? new KeyRange(key, null) : new KeyRange(key, rangeEnd);
  }

  public static KeyRange single(Bytes key) {
    return new KeyRange(key, key.next());
  }

  public boolean isEmpty() {
    return end != null && end.compareTo(start) <= 0;
  }

  /// Whether the range can hold one key only, its start.
  public boolean isSingle() {
    return end != null
        && end.length() == start.length() + 1
        && end.array()[start.length()] == 0
        && Arrays.equals(start.array(), 0, start.length(), end.array(), 0, start.length());
  }

  @Override
  public boolean wants(Bytes key) {
    return key.compareTo(start) >= 0 && (end == null || key.compareTo(end) < 0);
  }
}
