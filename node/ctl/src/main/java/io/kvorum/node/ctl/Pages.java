package io.kvorum.node.ctl;

import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// The pairs of a store as they were at one revision, in the order of their keys, fetched a page at
/// a time. Pages grow and shrink with the pairs, so that memory stays bounded whatever they hold.
final class Pages {

  private static final int FIRST_LIMIT = 32;
  private static final int LIMIT_MAX = 2_000;
  private static final int PAGE_BYTES_WANTED = 2 << 20;

  private final Store store;
  private final long revision;
  private final boolean keysOnly;
  private final Deque<KeyValue> fetched = new ArrayDeque<>();
  private Scope left;
  private int limit = FIRST_LIMIT;
  private boolean more = true;

  Pages(Store store, long revision) {
    this(store, revision, false);
  }

  Pages(Store store, long revision, boolean keysOnly) {
    this.store = store;
    this.revision = revision;
    this.keysOnly = keysOnly;
    this.left = store.scope();
  }

  /// The next pair without taking it; null at the end.
  ///
  /// @throws Failure `Errors.isCompacted` when the revision was compacted meanwhile
  @Nullable KeyValue peek() throws Failure, IOException {
    if (fetched.isEmpty() && more) {
      fetch();
    }
    return fetched.peek();
  }

  /// Takes the next pair; null at the end.
  @Nullable KeyValue next() throws Failure, IOException {
    KeyValue next = peek();
    fetched.poll();
    return next;
  }

  private void fetch() throws Failure, IOException {
    RangeResponse page =
        store.range(
            left.range().setRevision(revision).setLimit(limit).setKeysOnly(keysOnly).build());
    fetched.addAll(page.getKvsList());
    more = page.getMore() && page.getKvsCount() > 0;
    if (more) {
      left = left.behind(page.getKvs(page.getKvsCount() - 1).getKey());
    }
    int bytes = page.getSerializedSize();
    if (bytes > PAGE_BYTES_WANTED) {
      limit = Math.max(1, limit / 2);
    } else if (bytes < PAGE_BYTES_WANTED / 4) {
      limit = Math.min(LIMIT_MAX, limit * 2);
    }
  }
}
