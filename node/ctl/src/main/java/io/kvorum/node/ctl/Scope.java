package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.WatchCreateRequest;

/// The keys a command is about: from `start` up to `end`, which is not among them; an `end` of one
/// zero byte leaves it open.
record Scope(ByteString start, ByteString end) {

  private static final ByteString ZERO = ByteString.copyFrom(new byte[] {0});

  static final Scope EVERYTHING = new Scope(ZERO, ZERO);

  /// All keys that start so; an empty prefix is all there are.
  static Scope prefix(ByteString prefix) {
    return prefix.isEmpty() ? EVERYTHING : new Scope(prefix, PermissionText.endOfPrefix(prefix));
  }

  /// From one key to another, both among them.
  static Scope between(ByteString first, ByteString last) {
    return new Scope(first, after(last));
  }

  boolean isEverything() {
    return equals(EVERYTHING);
  }

  /// The same without what stands before the key behind this one.
  Scope behind(ByteString key) {
    return new Scope(after(key), end);
  }

  /// The key next to this one.
  private static ByteString after(ByteString key) {
    return key.concat(ZERO);
  }

  RangeRequest.Builder range() {
    return RangeRequest.newBuilder().setKey(start).setRangeEnd(end);
  }

  WatchCreateRequest.Builder watch() {
    return WatchCreateRequest.newBuilder().setKey(start).setRangeEnd(end);
  }
}
