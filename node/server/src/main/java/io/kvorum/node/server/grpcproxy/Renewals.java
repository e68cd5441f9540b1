package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import java.util.HashMap;
import java.util.Map;

/// Renews leases for clients: those of one identity that renew the same lease share one renewal,
/// see [RenewalLine]. Everything happens on the hub's thread.
final class Renewals implements ServerCallHandler<Frame, Frame> {

  /// Renewals that a client may have open at a time; it is not read beyond.
  private static final int MAX_OPEN = 1_024;

  private final MemberStream.Means means;
  private final Map<Identity, RenewalLine> lines = new HashMap<>();

  Renewals(MemberStream.Means means) {
    this.means = means;
  }

  @Override
  public ServerCall.Listener<Frame> startCall(ServerCall<Frame, Frame> call, Metadata headers) {
    var client = new Client(call, Identity.of(headers));
    call.request(1);
    return new ServerCall.Listener<>() {
      @Override
      public void onMessage(Frame request) {
        means.hub().execute(() -> client.renew(request));
      }

      @Override
      public void onHalfClose() {
        means.hub().execute(client::finished);
      }

      @Override
      public void onCancel() {
        means.hub().execute(client::left);
      }

      @Override
      public void onComplete() {
        means.hub().execute(client::left);
      }

      @Override
      public void onReady() {
        means.hub().execute(client::maybeRead);
      }
    };
  }

  private RenewalLine line(Identity identity) {
    return lines.computeIfAbsent(
        identity, who -> new RenewalLine(means, who, line -> lines.remove(who, line)));
  }

  /// One client's stream.
  final class Client {
    private final ServerCall<Frame, Frame> call;
    private final Identity identity;
    private int open;
    private boolean requestHeldBack;
    private boolean headersSent;
    private boolean finished;
    private boolean ended;

    Client(ServerCall<Frame, Frame> call, Identity identity) {
      this.call = call;
      this.identity = identity;
    }

    void renew(Frame frame) {
      if (ended) {
        return;
      }
      LeaseKeepAliveRequest request;
      try {
        request = LeaseKeepAliveRequest.parseFrom(frame.bytes());
      } catch (InvalidProtocolBufferException e) {
        end(
            Status.INTERNAL.withDescription(
                "grpc: failed to unmarshal the received message " + e.getMessage()),
            new Metadata());
        return;
      }
      open++;
      means.metrics().renewalsAsked.increment();
      line(identity).renew(request.getID(), this);
      requestHeldBack = true;
      maybeRead();
    }

    void maybeRead() {
      if (requestHeldBack && !ended && open < MAX_OPEN && call.isReady()) {
        requestHeldBack = false;
        call.request(1);
      }
    }

    void answer(byte[] bytes) {
      if (ended) {
        return;
      }
      open--;
      if (!headersSent) {
        headersSent = true;
        call.sendHeaders(new Metadata());
      }
      call.sendMessage(Frame.of(bytes));
      maybeRead();
      maybeEnd();
    }

    /// The client asks for no more; what it has asked for is still answered.
    void finished() {
      finished = true;
      maybeEnd();
    }

    private void maybeEnd() {
      if (finished && open == 0) {
        end(Status.OK, new Metadata());
      }
    }

    void left() {
      ended = true;
    }

    /// Nobody hears the answers any more.
    boolean isEnded() {
      return ended;
    }

    void end(Status status, Metadata trailers) {
      if (!ended) {
        ended = true;
        call.close(status, trailers);
      }
    }
  }
}
