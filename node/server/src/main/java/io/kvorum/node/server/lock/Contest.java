package io.kvorum.node.server.lock;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.Compare;
import io.kvorum.node.proto.etcd.Compare.CompareResult;
import io.kvorum.node.proto.etcd.Compare.CompareTarget;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeRequest.SortOrder;
import io.kvorum.node.proto.etcd.RangeRequest.SortTarget;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import io.kvorum.node.proto.mvcc.KeyValue;
import io.kvorum.node.server.watch.LocalWatch;

/// Those who want what has one name: each has a key under `<name>/`, named by its lease, and the
/// key that was created first has it.
final class Contest {
  /// The smallest byte after the `/` that keys have behind the name.
  private static final char BEHIND_SLASH = '/' + 1;

  private final OwnStore store;
  private final ByteString prefix;
  private final ByteString prefixEnd;

  Contest(OwnStore store, ByteString name) {
    this.store = store;
    this.prefix = name.concat(ByteString.copyFromUtf8("/"));
    this.prefixEnd = name.concat(ByteString.copyFromUtf8(String.valueOf(BEHIND_SLASH)));
  }

  ByteString prefix() {
    return prefix;
  }

  ByteString prefixEnd() {
    return prefixEnd;
  }

  /// The key of who has the lease: the id in hexadecimal, with a sign as Go writes it.
  ByteString key(long lease) {
    String id = lease < 0 ? "-" + Long.toHexString(-lease) : Long.toHexString(lease);
    return prefix.concat(ByteString.copyFromUtf8(id));
  }

  /// Puts the key if it is not there.
  static TxnRequest.Builder entering(ByteString key, ByteString value, long lease) {
    return TxnRequest.newBuilder()
        .addCompare(createdAt(key, 0))
        .addSuccess(RequestOp.newBuilder().setRequestPut(put(key, value, lease)))
        .addFailure(RequestOp.newBuilder().setRequestRange(only(key)));
  }

  /// Whether a key is still the one that was created at a revision.
  static Compare createdAt(ByteString key, long revision) {
    return Compare.newBuilder()
        .setKey(key)
        .setTarget(CompareTarget.CREATE)
        .setResult(CompareResult.EQUAL)
        .setCreateRevision(revision)
        .build();
  }

  static PutRequest put(ByteString key, ByteString value, long lease) {
    return PutRequest.newBuilder().setKey(key).setValue(value).setLease(lease).build();
  }

  static RangeRequest only(ByteString key) {
    return RangeRequest.newBuilder().setKey(key).build();
  }

  /// Deletes the key that was created at a revision.
  static TxnRequest leaving(ByteString key, long createRevision) {
    return TxnRequest.newBuilder()
        .addCompare(createdAt(key, createRevision))
        .addSuccess(
            RequestOp.newBuilder()
                .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key)))
        .build();
  }

  /// When the key was created that a transaction of [#entering] put or found.
  static long created(TxnResponse entered) {
    return entered.getSucceeded()
        ? entered.getHeader().getRevision()
        : entered.getResponses(0).getResponseRange().getKvs(0).getCreateRevision();
  }

  /// The key that was created first.
  RangeRequest first() {
    return oneByCreation(SortOrder.ASCEND).build();
  }

  private RangeRequest.Builder oneByCreation(SortOrder order) {
    return RangeRequest.newBuilder()
        .setKey(prefix)
        .setRangeEnd(prefixEnd)
        .setSortTarget(SortTarget.CREATE)
        .setSortOrder(order)
        .setLimit(1);
  }

  /// Waits until no key that was created before the given one is left. Of several that stand before
  /// it, only the last is watched: so the end of one wakes one. Who does not wait to the end gives
  /// the key back.
  void awaitTurn(ByteString key, long createRevision) throws InterruptedException {
    boolean done = false;
    try {
      awaitOlder(createRevision);
      done = true;
    } finally {
      if (!done) {
        store.leave(leaving(key, createRevision));
      }
    }
  }

  private void awaitOlder(long createRevision) throws InterruptedException {
    RangeRequest before =
        oneByCreation(SortOrder.DESCEND).setMaxCreateRevision(createRevision - 1).build();
    for (RangeResponse found = store.range(before);
        found.getKvsCount() > 0;
        found = store.range(before)) {
      awaitEnd(found.getKvs(0), found.getHeader().getRevision());
    }
  }

  /// Waits until a key that was seen at a revision is deleted, or the history since is compacted.
  private void awaitEnd(KeyValue seen, long revision) throws InterruptedException {
    try (LocalWatch watch = store.watch(seen.getKey(), ByteString.EMPTY, revision + 1)) {
      boolean ended;
      do {
        ended = ends(watch.take());
      } while (!ended);
    }
  }

  private static boolean ends(WatchResponse response) {
    return response.getCanceled()
        || response.getEventsList().stream()
            .anyMatch(event -> event.getType() == Event.EventType.DELETE);
  }
}
