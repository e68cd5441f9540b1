package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;

/// One stream of renewals on a member, for one renewal at a time: a member answers those of a
/// stream one after the other, so a second one would only wait for the first.
final class RenewalStream {

  private final ClientCall<Frame, Frame> call;
  private final Owner owner;
  private boolean over;

  /// Who has the stream.
  interface Owner {
    /// The lease that is under way on it was renewed, or is gone.
    ///
    /// @param bytes what the member says of it
    void answered(RenewalStream stream, long lease, byte[] bytes);

    /// The member has ended it, or the way there is lost.
    void lost(RenewalStream stream, Status status, Metadata trailers);
  }

  RenewalStream(MemberStream.Means means, Identity identity, Owner owner) {
    this.owner = owner;
    this.call =
        means
            .members()
            .newCall(
                Services.unread(LeaseGrpc.getLeaseKeepAliveMethod()),
                CallOptions.DEFAULT.withExecutor(means.hub()));
    call.start(new Answers(), identity.headers());
    call.request(1);
  }

  void renew(long lease) {
    call.sendMessage(
        Frame.of(LeaseKeepAliveRequest.newBuilder().setID(lease).build().toByteArray()));
  }

  /// Ends it; nothing of it is heard any more.
  void close(String why) {
    over = true;
    call.cancel(why, null);
  }

  /// What the member says, on the hub's thread.
  private final class Answers extends ClientCall.Listener<Frame> {
    @Override
    public void onMessage(Frame frame) {
      if (over) {
        return;
      }
      long lease;
      try {
        lease = LeaseKeepAliveResponse.parseFrom(frame.bytes()).getID();
      } catch (InvalidProtocolBufferException e) {
        call.cancel("its answer cannot be read", e);
        return;
      }
      owner.answered(RenewalStream.this, lease, frame.bytes());
      call.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (!over) {
        over = true;
        owner.lost(RenewalStream.this, status, trailers);
      }
    }
  }
}
