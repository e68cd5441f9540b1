package io.kvorum.bench;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.kvorum.node.proto.lock.LockGrpc;
import io.kvorum.node.proto.lock.LockRequest;
import io.kvorum.node.proto.lock.LockResponse;
import io.kvorum.node.proto.lock.UnlockRequest;
import java.util.function.Consumer;

/// Taking a lock and freeing it.
final class LockWork implements Work {

  private final Connections connections;
  private final Keys names;
  private final long[] leases;

  /// @param ttlSeconds of the leases that hold the locks: what a load leaves ends with them
  LockWork(Connections connections, Keys names, int clients, long ttlSeconds) {
    this.connections = connections;
    this.names = names;
    this.leases = Leases.grant(connections, clients, ttlSeconds);
  }

  @Override
  public void send(int client, long turn, Reply reply) {
    byte[] name = new byte[names.size()];
    names.write(turn % names.space(), name, 0);
    var request =
        LockRequest.newBuilder()
            .setName(ByteString.copyFrom(name))
            .setLease(leases[client])
            .build();
    Channel channel = connections.channel(client);
    call(
        channel,
        LockGrpc.getLockMethod(),
        request,
        reply,
        (LockResponse locked) ->
            call(
                channel,
                LockGrpc.getUnlockMethod(),
                UnlockRequest.newBuilder().setKey(locked.getKey()).build(),
                reply,
                _ -> reply.succeeded(0)));
  }

  private static <Q, R> void call(
      Channel channel, MethodDescriptor<Q, R> method, Q request, Reply reply, Consumer<R> then) {
    ClientCall<Q, R> call = channel.newCall(method, CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(R response) {
            then.accept(response);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            if (!status.isOk()) {
              reply.failed(status.getCode() + ": " + status.getDescription());
            }
          }
        },
        new Metadata());
    call.request(2);
    call.sendMessage(request);
    call.halfClose();
  }
}
