package io.kvorum.node.server;

import io.grpc.ServerServiceDefinition;
import io.kvorum.node.server.bootstrap.DataDirectory;
import java.util.List;

/// Records that the member has joined before its first client is let in: from then on a missing log
/// is damage.
final class RecordingFront implements ClientFront {

  private final ClientFront front;
  private final DataDirectory directory;

  RecordingFront(ClientFront front, DataDirectory directory) {
    this.front = front;
    this.directory = directory;
  }

  @Override
  public void open(List<ServerServiceDefinition> services, MemberStatus status) {
    directory.recordFormed();
    front.open(services, status);
  }

  @Override
  public void close(long deadlineMillis) {
    front.close(deadlineMillis);
  }
}
