package io.kvorum.node.ctl;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import org.jspecify.annotations.Nullable;

/// The connection to one endpoint, made when first used.
final class Connection implements AutoCloseable {

  private final Endpoint endpoint;
  private final Transport transport;
  private @Nullable ManagedChannel channel;

  Connection(Endpoint endpoint, Transport transport) {
    this.endpoint = endpoint;
    this.transport = transport;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  synchronized Channel channel() {
    if (channel == null) {
      channel = transport.connect(endpoint);
    }
    return channel;
  }

  /// Ends the waiting time that follows a failed attempt to connect.
  synchronized void reconnect() {
    if (channel != null) {
      channel.resetConnectBackoff();
    }
  }

  @Override
  public synchronized void close() {
    if (channel != null) {
      channel.shutdownNow();
    }
  }
}
