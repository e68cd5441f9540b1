package io.kvorum.node.server.peer;

import io.grpc.stub.StreamObserver;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.proto.peer.CloseSnapshotReply;
import io.kvorum.node.proto.peer.CloseSnapshotRequest;
import io.kvorum.node.proto.peer.FileChunk;
import io.kvorum.node.proto.peer.OpenSnapshotRequest;
import io.kvorum.node.proto.peer.ReadFileRequest;
import io.kvorum.node.proto.peer.SnapshotManifest;

/// Serves the state to members that fetch it; called on the agreement loop, answered off it.
public interface SnapshotCalls {
  void open(MemberId reader, OpenSnapshotRequest request, StreamObserver<SnapshotManifest> client);

  void read(MemberId reader, ReadFileRequest request, StreamObserver<FileChunk> client);

  void close(
      MemberId reader, CloseSnapshotRequest request, StreamObserver<CloseSnapshotReply> client);
}
