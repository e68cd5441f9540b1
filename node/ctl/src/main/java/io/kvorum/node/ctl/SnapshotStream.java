package io.kvorum.node.ctl;

import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.SnapshotRequest;
import io.kvorum.node.proto.etcd.SnapshotResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;

/// The live backup of one member, written to a file.
final class SnapshotStream {

  private SnapshotStream() {}

  /// Receives the whole backup, checks its hash and gives the file its name.
  ///
  /// @param timeoutNanos how long it may take; 0: as long as it takes
  /// @return the release that the member says it is of; empty when it does not
  static String save(Client client, Path file, long timeoutNanos) throws Failure, IOException {
    var stub = MaintenanceGrpc.newBlockingStub(client.stream()).withWaitForReady();
    if (timeoutNanos > 0) {
      stub = stub.withDeadlineAfter(timeoutNanos, TimeUnit.NANOSECONDS);
    }
    String version = "";
    try (var saving = new BackupWriter(file)) {
      Iterator<SnapshotResponse> parts = stub.snapshot(SnapshotRequest.getDefaultInstance());
      while (parts.hasNext()) {
        SnapshotResponse part = parts.next();
        version = part.getVersion().isEmpty() ? version : part.getVersion();
        saving.write(part.getBlob());
      }
      saving.finish();
    } catch (StatusRuntimeException e) {
      throw Failure.of(ExitCode.INTERRUPTED, Errors.text(e.getStatus()));
    }
    return version;
  }
}
