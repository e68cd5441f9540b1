package io.kvorum.node.server;

import io.grpc.ServerServiceDefinition;
import io.kvorum.node.server.http.HttpPages;
import java.util.List;

/// The member's face to clients: hosts gRPC services, and HTTP beside them, on the client URLs. It
/// opens only when the member has published itself, so a first accepted connection means that the
/// member has joined.
public interface ClientFront {
  /// Opens the client port. Services run on the direct executor: their handlers never block.
  ///
  /// @param v2 the pages of API v2, for a front that serves them
  void open(List<ServerServiceDefinition> services, HttpPages v2, MemberStatus status);

  /// Stops accepting, lets open calls end until the deadline, then closes.
  void close(long deadlineMillis);
}
