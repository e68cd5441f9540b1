package io.kvorum.node.server;

import java.io.IOException;

/// A running member: log, state, consensus, peers and the services clients call.
public interface Member {
  /// What this member knows about itself.
  MemberStatus status();

  /// Stops the member and its client front. Graceful: hands leadership over and lets what is in
  /// flight end first. Blocks until everything is closed; a second call does nothing.
  void close(boolean graceful);

  /// How a member starts.
  interface Start {
    /// Begins, beside the caller, what takes long and every start needs. What fails there fails
    /// again in `start`, and is told there.
    default Preparation prepare() {
      return () -> {};
    }

    /// Opens log and state, starts the stages and the peer port, and returns; the client front is
    /// opened by the member itself, once it has published itself to the cluster.
    Member start(MemberConfig config, ClientFront front, MemberEvents events) throws IOException;
  }

  /// Work under way. Closing waits for its end: a process that stopped amid it would leave files.
  interface Preparation extends AutoCloseable {
    @Override
    void close();
  }
}
