package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/// What the operator must remember of the member.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StoreMemberStatus(
    @JsonPropertyDescription("Joining, Learner, Voter, Suspect or Gone.") @Nullable String phase,
    @JsonPropertyDescription("Its ID in the store, in hex, once it has one.")
        @Nullable String memberID,
    @JsonPropertyDescription("The peer URL the store's list last had of it.")
        @Nullable String peerURL,
    @JsonPropertyDescription("UID of the volume claim that holds its data.")
        @Nullable String volumeUID,
    @JsonPropertyDescription("Since when it has not answered.") @Nullable String suspectSince,
    @JsonPropertyDescription("Why it is in this phase.") @Nullable String reason) {

  public static final StoreMemberStatus EMPTY =
      new StoreMemberStatus(null, null, null, null, null, null);
}
