package io.kvorum.node.core.kv;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// What the roles of one user allow together: a set of keys to read, and one to write.
final class Grants {

  static final Grants NONE = new Grants(List.of());

  private final NavigableMap<Bytes, KeyRange> readable;
  private final NavigableMap<Bytes, KeyRange> writable;

  Grants(List<Permission> permissions) {
    readable = union(permissions, Permission.Type.READ);
    writable = union(permissions, Permission.Type.WRITE);
  }

  boolean mayRead(KeyRange range) {
    return covers(readable, range);
  }

  boolean mayWrite(KeyRange range) {
    return covers(writable, range);
  }

  /// The ranges of a type, each merged with those that touch it, by where they start.
  private static NavigableMap<Bytes, KeyRange> union(
      List<Permission> permissions, Permission.Type type) {
    var ranges = new ArrayList<KeyRange>();
    for (Permission permission : permissions) {
      if (permission.type() == type || permission.type() == Permission.Type.READ_WRITE) {
        ranges.add(permission.range());
      }
    }
    ranges.sort(Comparator.comparing(KeyRange::start));
    var union = new TreeMap<Bytes, KeyRange>();
    for (KeyRange range : ranges) {
      Map.Entry<Bytes, KeyRange> last = union.lastEntry();
      if (last != null && touches(last.getValue(), range)) {
        union.put(last.getKey(), joined(last.getValue(), range));
      } else {
        union.put(range.start(), range);
      }
    }
    return union;
  }

  /// Of two ranges in order.
  private static boolean touches(KeyRange first, KeyRange second) {
    Bytes end = first.end();
    return end == null || end.compareTo(second.start()) >= 0;
  }

  private static KeyRange joined(KeyRange first, KeyRange second) {
    return reaches(first, second) ? first : new KeyRange(first.start(), second.end());
  }

  /// Whether one range goes at least as far up as another.
  private static boolean reaches(KeyRange range, KeyRange other) {
    Bytes end = range.end();
    Bytes otherEnd = other.end();
    return end == null || (otherEnd != null && end.compareTo(otherEnd) >= 0);
  }

  /// A range without keys counts as the key it starts at.
  private static boolean covers(NavigableMap<Bytes, KeyRange> union, KeyRange range) {
    KeyRange wanted = range.isEmpty() ? KeyRange.single(range.start()) : range;
    Map.Entry<Bytes, KeyRange> below = union.floorEntry(wanted.start());
    return below != null
        && below.getValue().wants(wanted.start())
        && reaches(below.getValue(), wanted);
  }
}
