package io.kvorum.node.server.peer;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.proto.peer.PeerGrpc;
import io.kvorum.node.server.peer.PeerHeaders.Refusal;
import io.kvorum.node.server.peer.PeerHeaders.Sender;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets in only members of this cluster that mean this member, and whose certificate is good.
final class PeerGate implements ServerInterceptor {
  static final Context.Key<Sender> SENDER = Context.key("peer");

  private static final Logger LOG = LoggerFactory.getLogger(PeerGate.class);

  private final long clusterId;
  private final MemberId self;
  private final Predicate<MemberId> removed;

  /// @param removed whether a member was removed from the cluster, as far as this one knows
  PeerGate(long clusterId, MemberId self, Predicate<MemberId> removed) {
    this.clusterId = clusterId;
    this.self = self;
    this.removed = removed;
  }

  @Override
  public <Q, S> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
    String distrust = call.getAttributes().get(PeerCertificates.REFUSAL);
    if (distrust != null) {
      return refused(call, Status.UNAUTHENTICATED.withDescription(distrust), new Metadata());
    }
    Sender sender = PeerHeaders.read(headers);
    if (sender == null) {
      boolean open = call.getMethodDescriptor().equals(PeerGrpc.getDescribeMethod());
      return open
          ? next.startCall(call, headers)
          : refused(call, Status.UNAUTHENTICATED.withDescription("no member"), new Metadata());
    }
    Refusal refusal = refusal(sender);
    if (refusal == null) {
      return Contexts.interceptCall(
          Context.current().withValue(SENDER, sender), call, headers, next);
    }
    String reason = reason(refusal, sender);
    LOG.warn("refused a call of member {}: {}", sender.from(), reason);
    return refused(
        call, Status.FAILED_PRECONDITION.withDescription(reason), PeerHeaders.refusal(refusal));
  }

  private @Nullable Refusal refusal(Sender sender) {
    if (sender.protocol() != PeerHeaders.PROTOCOL) {
      return Refusal.PROTOCOL;
    }
    if (sender.clusterId() != clusterId) {
      return Refusal.CLUSTER;
    }
    if (!sender.to().equals(self)) {
      return Refusal.RECEIVER;
    }
    return removed.test(sender.from()) ? Refusal.REMOVED : null;
  }

  private String reason(Refusal refusal, Sender sender) {
    return switch (refusal) {
      case PROTOCOL ->
          "it speaks peer protocol %d, this member %d"
              .formatted(sender.protocol(), PeerHeaders.PROTOCOL);
      case CLUSTER ->
          "it belongs to cluster %x, this member to %x".formatted(sender.clusterId(), clusterId);
      case RECEIVER -> "it looks for member %s, this is %s".formatted(sender.to(), self);
      case REMOVED -> "it was removed from the cluster";
    };
  }

  private static <Q, S> ServerCall.Listener<Q> refused(
      ServerCall<Q, S> call, Status status, Metadata trailers) {
    call.close(status, trailers);
    return new ServerCall.Listener<>() {};
  }
}
