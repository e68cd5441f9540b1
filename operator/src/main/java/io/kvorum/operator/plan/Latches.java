package io.kvorum.operator.plan;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The facts about a cluster that outlive every operator process; they stand in the cluster's
/// status.
///
/// Invariants: `bootstrapped`, once true, stays true; `clusterId`, once set, never changes;
/// `lastSerial` never falls.
public record Latches(
    boolean bootstrapped,
    @Nullable String clusterId,
    int lastSerial,
    @Nullable Operation operation,
    @Nullable Replacement lastReplacement,
    long lastOperationId) {

  public static final Latches NONE = new Latches(false, null, 0, null, null, 0);

  /// What is being done to the membership; one at a time.
  public enum Kind {
    BOOTSTRAP_CLUSTER("BootstrapCluster"),
    ADD_MEMBER("AddMember"),
    REMOVE_MEMBER("RemoveMember"),
    REPLACE_MEMBER("ReplaceMember"),
    UPDATE_MEMBER("UpdateMember");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }
  }

  /// The one change that is under way. It is written before the change is made, conditioned on the
  /// state it was decided on: of two operators only one gets to make it.
  public record Operation(long id, Kind kind, String target, Instant startedAt, String reason) {}

  /// The latest replacement of a failed member.
  public record Replacement(String member, Instant at, String reason) {}

  Latches formed(@Nullable String id) {
    return new Latches(true, id, lastSerial, operation, lastReplacement, lastOperationId);
  }

  Latches begin(Kind kind, String target, Instant now, String reason) {
    long id = lastOperationId + 1;
    var begun = new Operation(id, kind, target, now, reason);
    return new Latches(bootstrapped, clusterId, lastSerial, begun, lastReplacement, id);
  }

  Latches allocate(int serial) {
    return new Latches(
        bootstrapped, clusterId, serial, operation, lastReplacement, lastOperationId);
  }

  Latches replacing(Replacement replacement) {
    return new Latches(
        bootstrapped, clusterId, lastSerial, operation, replacement, lastOperationId);
  }

  Latches finished() {
    return new Latches(bootstrapped, clusterId, lastSerial, null, lastReplacement, lastOperationId);
  }
}
