package io.kvorum.node.server.api;

import io.kvorum.node.proto.etcd.ResponseHeader;

/// The header of responses: who answers, in which term, at which revision.
public final class Headers {
  private Headers() {}

  public static ResponseHeader of(Backend backend, long revision) {
    return ResponseHeader.newBuilder()
        .setClusterId(backend.clusterId())
        .setMemberId(backend.memberId())
        .setRaftTerm(backend.leader().term())
        .setRevision(revision)
        .build();
  }

  /// At the current revision.
  public static ResponseHeader now(Backend backend) {
    return of(backend, backend.revision());
  }
}
