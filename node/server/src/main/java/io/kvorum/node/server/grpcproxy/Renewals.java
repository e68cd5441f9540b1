package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Renews leases for clients: those that renew the same lease share one renewal.
///
/// A renewal goes out at once, unless one of the same lease went out a moment ago; then it waits
/// for the moment to be over, together with all that come meanwhile. So an answer always tells of a
/// renewal that came behind the request. Everything happens on the hub's thread.
final class Renewals implements ServerCallHandler<Frame, Frame> {

  /// The moment: a fraction of the shortest time to live that a member grants.
  private static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /// Renewals that a client may have open at a time; it is not read beyond.
  private static final int MAX_OPEN = 1_024;

  private final MemberStream.Means means;
  private final Map<Identity, Line> lines = new HashMap<>();

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

  /// One client's stream.
  private final class Client {
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
      lines.computeIfAbsent(identity, Line::new).renew(request.getID(), this);
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

    void end(Status status, Metadata trailers) {
      if (!ended) {
        ended = true;
        call.close(status, trailers);
      }
    }
  }

  /// One lease.
  private static final class Lease {
    private final long id;

    /// Those whom the renewal under way answers, each as often as it has asked.
    private List<Client> asked = new ArrayList<>();

    /// Those who wait for the next one.
    private List<Client> next = new ArrayList<>();

    private boolean scheduled;
    private long sentNanos;

    Lease(long id) {
      this.id = id;
    }
  }

  /// The renewals of one identity, on one stream to a member.
  private final class Line {
    private final Identity identity;
    private final Map<Long, Lease> leases = new HashMap<>();
    private @Nullable ClientCall<Frame, Frame> call;

    Line(Identity identity) {
      this.identity = identity;
    }

    void renew(long id, Client client) {
      Lease lease = leases.get(id);
      if (lease == null) {
        lease = new Lease(id);
        leases.put(id, lease);
        lease.next.add(client);
        send(lease);
      } else {
        lease.next.add(client);
        if (lease.asked.isEmpty() && !lease.scheduled) {
          sendSoon(lease);
        }
      }
    }

    /// When the moment is over.
    private void sendSoon(Lease lease) {
      lease.scheduled = true;
      long pause = lease.sentNanos + MOMENT_NANOS - System.nanoTime();
      means.later(() -> momentIsOver(lease), Math.max(0, pause), TimeUnit.NANOSECONDS);
    }

    private void momentIsOver(Lease lease) {
      lease.scheduled = false;
      lease.next.removeIf(client -> client.ended);
      if (!lease.asked.isEmpty()) {
        return;
      }
      if (lease.next.isEmpty()) {
        leases.remove(lease.id, lease);
        maybeClose();
      } else {
        send(lease);
      }
    }

    private void send(Lease lease) {
      lease.asked = lease.next;
      lease.next = new ArrayList<>();
      lease.sentNanos = System.nanoTime();
      means.metrics().renewalsSent.increment();
      call()
          .sendMessage(
              Frame.of(LeaseKeepAliveRequest.newBuilder().setID(lease.id).build().toByteArray()));
    }

    private ClientCall<Frame, Frame> call() {
      ClientCall<Frame, Frame> open = call;
      if (open == null) {
        open =
            means
                .members()
                .newCall(
                    Services.unread(LeaseGrpc.getLeaseKeepAliveMethod()),
                    CallOptions.DEFAULT.withExecutor(means.hub()));
        call = open;
        open.start(new Answers(open), identity.headers());
        open.request(1);
      }
      return open;
    }

    private void answered(Frame frame) throws InvalidProtocolBufferException {
      Lease lease = leases.get(LeaseKeepAliveResponse.parseFrom(frame.bytes()).getID());
      if (lease == null) {
        return;
      }
      List<Client> asked = lease.asked;
      lease.asked = new ArrayList<>();
      asked.forEach(client -> client.answer(frame.bytes()));
      if (!lease.scheduled) {
        // Also the end of the lease's place here, when nobody asks any more.
        sendSoon(lease);
      }
    }

    /// Those whose renewal was under way are told, as if the member had ended their streams.
    private void lost(Status status, Metadata trailers) {
      call = null;
      Set<Client> told = new LinkedHashSet<>();
      for (Lease lease : List.copyOf(leases.values())) {
        told.addAll(lease.asked);
        lease.asked = new ArrayList<>();
        if (!lease.scheduled) {
          sendSoon(lease);
        }
      }
      Status reason =
          status.isOk() ? Status.UNAVAILABLE.withDescription("the member is lost") : status;
      told.forEach(client -> client.end(reason, trailers));
      maybeClose();
    }

    private void maybeClose() {
      if (leases.isEmpty()) {
        lines.remove(identity, this);
        if (call != null) {
          call.cancel("nobody renews any more", null);
          call = null;
        }
      }
    }

    /// What the member says.
    private final class Answers extends ClientCall.Listener<Frame> {
      private final ClientCall<Frame, Frame> own;

      Answers(ClientCall<Frame, Frame> own) {
        this.own = own;
      }

      @Override
      public void onMessage(Frame frame) {
        try {
          answered(frame);
          own.request(1);
        } catch (InvalidProtocolBufferException e) {
          own.cancel("its answer cannot be read", e);
        }
      }

      @Override
      public void onClose(Status status, Metadata trailers) {
        if (own.equals(call)) {
          lost(status, trailers);
        }
      }
    }
  }
}
