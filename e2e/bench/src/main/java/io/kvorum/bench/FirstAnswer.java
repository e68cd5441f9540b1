package io.kvorum.bench;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Waits for a member that has just been started, to some milliseconds.
final class FirstAnswer {

  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(120);
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final int CONNECT_MILLIS = 200;

  private FirstAnswer() {}

  /// A call with a deadline of its own.
  @FunctionalInterface
  interface Call<T> {
    T on(Channel channel);
  }

  /// Calls until there is an answer.
  static <T> T await(ServerProcess member, Call<T> call) {
    long deadline = System.nanoTime() + TIMEOUT_NANOS;
    while (true) {
      member.checkAlive();
      if (listens(member.endpoint())) {
        try {
          return once(member.endpoint(), call);
        } catch (StatusRuntimeException e) {
          if (System.nanoTime() > deadline) {
            throw new IllegalStateException(
                "no answer from %s: %s".formatted(member.endpoint(), e.getStatus()), e);
          }
        }
      } else if (System.nanoTime() > deadline) {
        throw new IllegalStateException("nobody listens on " + member.endpoint());
      }
      LockSupport.parkNanos(RETRY_NANOS);
    }
  }

  /// Asks before a channel does: after a refusal that would wait for a second.
  private static boolean listens(Endpoint endpoint) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(endpoint.host(), endpoint.port()), CONNECT_MILLIS);
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  /// One call over a connection of its own.
  static <T> T once(Endpoint endpoint, Call<T> call) {
    ManagedChannel channel = open(endpoint);
    try {
      return call.on(channel);
    } finally {
      channel.shutdownNow();
    }
  }

  static ManagedChannel open(Endpoint endpoint) {
    return NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port()).usePlaintext().build();
  }
}
