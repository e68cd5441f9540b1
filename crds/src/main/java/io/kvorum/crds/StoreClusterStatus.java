package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.model.annotation.LabelSelector;
import io.fabric8.kubernetes.model.annotation.StatusReplicas;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the operator sees, and the few facts it must not forget (`bootstrapped`, `clusterID`,
/// `lastSerial`, `operation`, `lastOperationID`, `lastReplacement`).
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StoreClusterStatus(
    @JsonPropertyDescription("The generation of the spec this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "Pending, Bootstrapping, Running, Scaling, Updating, Repairing, QuorumLost, Hibernated"
                + " or Paused.")
        @Nullable String phase,
    @StatusReplicas @JsonPropertyDescription("Members that exist.") @Nullable Integer replicas,
    @JsonPropertyDescription("Voting members that answer and see the leader.")
        @Nullable Integer readyReplicas,
    @JsonPropertyDescription("Voting members by the store's own list.")
        @Nullable Integer votingMembers,
    @JsonPropertyDescription("How many voting members must answer for a write to succeed.")
        @Nullable Integer quorum,
    @LabelSelector @JsonPropertyDescription("Label selector of the members' Pods.")
        @Nullable String selector,
    @JsonPropertyDescription("ID of the cluster in the store, in hex. Never changes.")
        @Nullable String clusterID,
    @JsonPropertyDescription("The token IDs of the first member derive from.")
        @Nullable String clusterToken,
    @JsonPropertyDescription("True once the cluster was formed; it is never formed again.")
        @Nullable Boolean bootstrapped,
    @JsonPropertyDescription("The highest number given to a member so far.")
        @Nullable Integer lastSerial,
    @JsonPropertyDescription("Name of the leader.") @Nullable String leader,
    @JsonPropertyDescription("The lowest version that runs.") @Nullable String version,
    @JsonPropertyDescription("The members, by name.") @Nullable List<MemberStatus> members,
    @JsonPropertyDescription("The change that is under way, if any. There is at most one.")
        @Nullable OperationStatus operation,
    @JsonPropertyDescription("Number of the latest operation; it only grows.")
        @Nullable Long lastOperationID,
    @JsonPropertyDescription("The latest replacement of a failed member.")
        @Nullable ReplacementStatus lastReplacement,
    @JsonPropertyDescription("Alarms raised by members.") @Nullable List<String> alarms,
    @JsonPropertyDescription(
            "Available, QuorumHealthy, Progressing, Degraded, MembersUpToDate,"
                + " ClusterIDConsistent, AlarmsClear, OperatorReachesMembers, SpecAccepted.")
        @Nullable List<Condition> conditions) {

  public static final StoreClusterStatus EMPTY =
      new StoreClusterStatus(
          null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
          null, null, null, null);
}
