package io.kvorum.node.server.grpcproxy;

import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.kvorum.node.proto.etcd.ClusterGrpc;
import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.MemberListRequest;
import io.kvorum.node.server.config.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows who the members are, by asking them now and then.
final class MemberSync implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(MemberSync.class);
  private static final long CALL_SECONDS = 5;

  private final Upstream upstream;
  private final Duration interval;
  private final Thread thread;

  MemberSync(Upstream upstream, Duration interval) {
    this.upstream = upstream;
    this.interval = interval;
    this.thread = Thread.ofVirtual().name("member-sync").start(this::run);
  }

  private void run() {
    try {
      while (true) {
        TimeUnit.NANOSECONDS.sleep(interval.toNanos());
        sync();
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void sync() {
    try {
      List<Endpoint> found =
          endpoints(
              ClientCalls.blockingUnaryCall(
                      upstream.channel(),
                      ClusterGrpc.getMemberListMethod(),
                      CallOptions.DEFAULT.withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS),
                      MemberListRequest.getDefaultInstance())
                  .getMembersList());
      if (!found.isEmpty() && !found.equals(upstream.members().endpoints())) {
        LOG.info("the members are others: {}", found);
        upstream.members().follow(found);
      }
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.UNAVAILABLE) {
        LOG.warn("cannot ask who the members are: {}", e.getStatus());
      }
    }
  }

  /// Where members serve clients that are no learners, by the way the proxy goes.
  private List<Endpoint> endpoints(List<Member> members) {
    var endpoints = new ArrayList<Endpoint>();
    for (Member member : members) {
      if (member.getIsLearner()) {
        continue;
      }
      for (String url : member.getClientURLsList()) {
        if (url.startsWith(upstream.isSecure() ? "https://" : "http://")) {
          try {
            endpoints.add(Endpoint.parse(url));
          } catch (IllegalArgumentException e) {
            LOG.warn("a member serves clients at {}: {}", url, e.getMessage());
          }
        }
      }
    }
    return endpoints;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
