package io.kvorum.bench;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Renewals of leases: a lease and a stream for each client.
final class KeepAliveWork implements Work {

  private final List<Renewed> leases = new ArrayList<>();

  /// Grants a lease for each client.
  KeepAliveWork(Connections connections, int clients, long ttlSeconds) {
    long[] ids = Leases.grant(connections, clients, ttlSeconds);
    for (int client = 0; client < clients; client++) {
      leases.add(new Renewed(connections, client, ids[client]));
    }
  }

  @Override
  public void send(int client, long turn, Reply reply) {
    leases.get(client).renew(reply);
  }

  /// One lease with its stream, which is opened by its first renewal and after each failure.
  private static final class Renewed {
    private final Connections connections;
    private final int client;
    private final LeaseKeepAliveRequest request;
    private @Nullable ClientCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> stream;
    private @Nullable Reply waiting;

    Renewed(Connections connections, int client, long id) {
      this.connections = connections;
      this.client = client;
      this.request = LeaseKeepAliveRequest.newBuilder().setID(id).build();
    }

    void renew(Reply reply) {
      waiting = reply;
      var open = stream != null ? stream : open();
      open.request(1);
      open.sendMessage(request);
    }

    private ClientCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> open() {
      var call =
          connections
              .channel(client)
              .newCall(LeaseGrpc.getLeaseKeepAliveMethod(), CallOptions.DEFAULT);
      stream = call;
      call.start(
          new ClientCall.Listener<>() {
            @Override
            public void onMessage(LeaseKeepAliveResponse response) {
              if (response.getTTL() > 0) {
                taken().succeeded(0);
              } else {
                taken().failed("the lease has ended");
              }
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
              stream = null;
              if (waiting != null) {
                taken().failed(status.getCode() + ": " + status.getDescription());
              }
            }
          },
          new Metadata());
      return call;
    }

    private Reply taken() {
      Reply reply = waiting;
      if (reply == null) {
        throw new IllegalStateException("an answer that nobody waits for");
      }
      waiting = null;
      return reply;
    }
  }
}
