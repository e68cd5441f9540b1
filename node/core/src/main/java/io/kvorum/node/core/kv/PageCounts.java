package io.kvorum.node.core.kv;

import java.util.LinkedHashMap;
import java.util.Map;

/// Remembers how many keys a paging client still has before it: after a page of a range at a
/// revision, the count from the next page's first key on. It spares later pages at a revision that
/// is by then an old one from counting again. One is shared by all readers of a member; it holds
/// the latest `CAPACITY` answers, and losing one costs time only.
public final class PageCounts {

  /// Clients that page at the same time are few; each needs one entry.
  private static final int CAPACITY = 1_024;

  private record Page(long revision, Bytes key, Bytes rangeEnd) {}

  private final Map<Page, Long> counts =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Page, Long> eldest) {
          return size() > CAPACITY;
        }
      };

  synchronized void remember(long revision, Bytes key, Bytes rangeEnd, long count) {
    counts.put(new Page(revision, key, rangeEnd), count);
  }

  /// The number of keys at the revision from `key` up to the end of the range, or -1 if forgotten.
  synchronized long find(long revision, Bytes key, Bytes rangeEnd) {
    Long count = counts.get(new Page(revision, key, rangeEnd));
    return count == null ? -1 : count;
  }
}
