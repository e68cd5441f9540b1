package io.kvorum.operator.plan;

import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;

/// Everything seen of a cluster in one look.
///
/// `members` are those with a record, by serial; `membership` is the store's own linearizable list.
public record Observed(
    Instant now,
    Latches latches,
    Supports supports,
    List<Member> members,
    Reading<List<Listed>> membership,
    String clusterId,
    Leftovers leftovers) {

  /// The objects around the members.
  public record Supports(
      boolean peerService,
      boolean clientService,
      OptionalInt disruptionBudget,
      BootstrapState bootstrapState) {}

  /// What the seed is told by the ConfigMap it reads at each start.
  public enum BootstrapState {
    ABSENT,
    NEW,
    EXISTING
  }

  /// What bears the cluster's name and has no record: Pods (name and UID), volumes of this cluster,
  /// and the highest serial any volume of that name carries, this cluster's or an earlier one's.
  public record Leftovers(List<Stray> pods, List<String> volumes, int highestSerial) {

    public static final Leftovers NONE = new Leftovers(List.of(), List.of(), 0);
  }

  /// A Pod without a record.
  public record Stray(String name, String uid, boolean terminating) {}
}
