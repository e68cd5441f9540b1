package io.kvorum.node.core.bolt;

import static io.kvorum.node.core.bolt.BoltFormat.ELEMENT_BYTES;
import static io.kvorum.node.core.bolt.BoltFormat.HEADER_BYTES;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// A walk over one bucket's tree, from its first leaf to its last.
final class BoltCursor implements BoltEntries {

  /// Two children a page make more pages than any disk holds.
  private static final int MAX_DEPTH = 64;

  /// A page, and which of its elements is next.
  private static final class Place {
    final byte[] page;
    final int flags;
    final int count;
    int next;

    Place(byte[] page) {
      if (page.length < HEADER_BYTES) {
        throw new DamagedBoltException("a bucket is shorter than a page's header");
      }
      this.page = page;
      flags = BoltFormat.getShort(page, 8);
      count = BoltFormat.getShort(page, 10);
      if ((flags != BoltFormat.LEAF && flags != BoltFormat.BRANCH)
          || HEADER_BYTES + (long) count * ELEMENT_BYTES > page.length) {
        throw new DamagedBoltException("a page is neither a leaf nor a branch");
      }
    }

    boolean isLeaf() {
      return flags == BoltFormat.LEAF;
    }
  }

  private final BoltFile file;
  private final boolean ofBuckets;
  private final Deque<Place> path = new ArrayDeque<>();
  private byte @Nullable [] key;
  private byte[] value = new byte[0];
  private boolean isBucket;

  /// @param ofBuckets whether the entries are buckets, as in the directory and nowhere else
  BoltCursor(BoltFile file, byte[] root, boolean ofBuckets) {
    this.file = file;
    this.ofBuckets = ofBuckets;
    path.push(new Place(root));
  }

  @Override
  public boolean next() {
    while (!path.isEmpty()) {
      Place place = path.element();
      if (place.next == place.count) {
        path.pop();
      } else if (place.isLeaf()) {
        take(place);
        return true;
      } else {
        descend(place);
      }
    }
    return false;
  }

  /// A page without elements below another one would let a damaged tree go on for ever.
  private void descend(Place place) {
    int element = HEADER_BYTES + place.next++ * ELEMENT_BYTES;
    var child = new Place(file.page(BoltFormat.getLong(place.page, element + 8)));
    if (path.size() == MAX_DEPTH || child.count == 0) {
      throw new DamagedBoltException("a tree is too deep, or has an empty page in it");
    }
    path.push(child);
  }

  private void take(Place place) {
    int element = HEADER_BYTES + place.next++ * ELEMENT_BYTES;
    isBucket = (BoltFormat.getInt(place.page, element) & BoltFormat.IS_BUCKET) != 0;
    long from = element + (BoltFormat.getInt(place.page, element + 4) & 0xFFFF_FFFFL);
    long middle = from + (BoltFormat.getInt(place.page, element + 8) & 0xFFFF_FFFFL);
    long end = middle + (BoltFormat.getInt(place.page, element + 12) & 0xFFFF_FFFFL);
    if (end > place.page.length || isBucket != ofBuckets) {
      throw new DamagedBoltException("an element of a page does not lie in it");
    }
    byte[] before = key;
    byte[] found = Arrays.copyOfRange(place.page, (int) from, (int) middle);
    if (before != null && Arrays.compareUnsigned(before, found) >= 0) {
      throw new DamagedBoltException("the keys of a bucket do not ascend");
    }
    key = found;
    value = Arrays.copyOfRange(place.page, (int) middle, (int) end);
  }

  @Override
  public byte[] key() {
    if (key == null) {
      throw new IllegalStateException("the walk stands on no entry");
    }
    return key;
  }

  @Override
  public byte[] value() {
    return value;
  }

  boolean isBucket() {
    return isBucket;
  }

  @Override
  public void close() {
    path.clear();
  }
}
