package io.kvorum.node.core.bolt;

import java.util.ArrayList;
import java.util.List;

/// A leaf page that is being filled. An entry that is longer than a page has one of its own, which
/// goes on for as many pages as it takes.
final class LeafPage {

  private final List<byte[]> keys = new ArrayList<>();
  private final List<byte[]> values = new ArrayList<>();
  private final int elementFlags;
  private long bytes = BoltFormat.HEADER_BYTES;

  /// @param elementFlags what the elements are: `IS_BUCKET`, or 0
  LeafPage(int elementFlags) {
    this.elementFlags = elementFlags;
  }

  boolean isEmpty() {
    return keys.isEmpty();
  }

  /// Whether the entry belongs on this page, not on the next one.
  boolean fits(byte[] key, byte[] value) {
    return isEmpty() || bytes + cost(key, value) <= BoltFormat.PAGE_BYTES;
  }

  private static long cost(byte[] key, byte[] value) {
    return (long) BoltFormat.ELEMENT_BYTES + key.length + value.length;
  }

  void add(byte[] key, byte[] value) {
    keys.add(key);
    values.add(value);
    bytes += cost(key, value);
  }

  byte[] firstKey() {
    return keys.isEmpty() ? new byte[0] : keys.getFirst();
  }

  int pages() {
    return BoltFormat.pages(bytes);
  }

  byte[] render(long id) {
    byte[] page = BoltFormat.page(id, BoltFormat.LEAF, keys.size(), pages());
    int element = BoltFormat.HEADER_BYTES;
    int at = element + keys.size() * BoltFormat.ELEMENT_BYTES;
    for (int i = 0; i < keys.size(); i++) {
      byte[] key = keys.get(i);
      byte[] value = values.get(i);
      BoltFormat.putInt(page, element, elementFlags);
      BoltFormat.putInt(page, element + 4, at - element);
      BoltFormat.putInt(page, element + 8, key.length);
      BoltFormat.putInt(page, element + 12, value.length);
      System.arraycopy(key, 0, page, at, key.length);
      at += key.length;
      System.arraycopy(value, 0, page, at, value.length);
      at += value.length;
      element += BoltFormat.ELEMENT_BYTES;
    }
    return page;
  }
}
