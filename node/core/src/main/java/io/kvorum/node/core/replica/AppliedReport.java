package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.MembershipChange;
import java.util.List;

/// What the apply stage tells agreement about entries whose effect agreement must know.
///
/// @param index everything up to here is applied
/// @param changes the membership changes among it that took effect, in order
/// @param cluster the members afterwards
/// @param featureLevel the feature level in force afterwards
public record AppliedReport(
    long index, List<MembershipChange> changes, Cluster cluster, int featureLevel) {
  public AppliedReport {
    changes = List.copyOf(changes);
  }
}
