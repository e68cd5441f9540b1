package io.kvorum.node.server;

import io.kvorum.node.server.api.Counters;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// What anybody may ask a running member without disturbing it: health endpoints and metrics read
/// it, from any thread.
public interface MemberStatus {
  /// Where this member stands now; answered without a quorum.
  Standing standing();

  /// What was counted since the start.
  Counters counters();

  /// Whether the name in a client's certificate is that of a user: auth is on and it was asked for.
  boolean certificatesAreUsers();

  /// Reads the store the way a client would: through a quorum when linearizable, else locally.
  /// Completes within the request timeout.
  CompletableFuture<Probe> probe(boolean linearizable);

  /// A moment of a member.
  ///
  /// @param leaderId 0: none is known
  /// @param clusterVersion absent until the members have agreed on one
  /// @param pendingProposals requests that wait for their entry to be applied
  record Standing(
      long clusterId,
      long memberId,
      long leaderId,
      boolean learner,
      long term,
      long committedIndex,
      long appliedIndex,
      long revision,
      long compactRevision,
      long storeBytes,
      long storeBytesInUse,
      long quotaBytes,
      Optional<String> clusterVersion,
      List<AlarmRaised> alarms,
      int pendingProposals,
      boolean draining,
      long keys,
      long authRevision) {
    public boolean leader() {
      return leaderId == memberId;
    }
  }

  /// An alarm of one member.
  record AlarmRaised(long memberId, Kind kind) {
    /// What is wrong.
    public enum Kind {
      NOSPACE,
      CORRUPT
    }
  }

  /// What a read through the member came to.
  sealed interface Probe {
    /// The read was answered.
    record Healthy() implements Probe {}

    /// It was not.
    record Unhealthy(String reason) implements Probe {}
  }
}
