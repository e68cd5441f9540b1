package io.kvorum.node.server;

import io.grpc.ServerServiceDefinition;
import io.kvorum.node.server.bootstrap.DataDirectory;
import io.kvorum.node.server.http.HttpPages;
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
  public void open(List<ServerServiceDefinition> services, HttpPages v2, MemberStatus status) {
    directory.recordFormed();
    front.open(services, v2, status);
  }

  @Override
  public void close(long deadlineMillis) {
    front.close(deadlineMillis);
  }
}
