package io.kvorum.node.server.watch;

import io.kvorum.node.core.kv.View;
import io.kvorum.node.proto.etcd.ResponseHeader;

/// The state as the hub sees it.
public interface WatchSource {
  /// The newest view, retained for the caller.
  View retainView();

  /// The revision of the newest view.
  long revision();

  ResponseHeader header(long revision);
}
