package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/// One member as the operator sees it.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MemberStatus(
    @JsonPropertyDescription("Name of the member, its Pod and its record.") @Nullable String name,
    @JsonPropertyDescription("ID in the store, in hex.") @Nullable String memberID,
    @JsonPropertyDescription("Leader, Voter, Learner or None.") @Nullable String role,
    @JsonPropertyDescription("Whether it answers and sees the leader.") @Nullable Boolean healthy,
    @JsonPropertyDescription("What is wrong with it, if anything.") @Nullable String message,
    @JsonPropertyDescription("Version of its image.") @Nullable String version,
    @JsonPropertyDescription("Node of its Pod.") @Nullable String node,
    @JsonPropertyDescription("Size of its data, rounded.") @Nullable String dbSize,
    @JsonPropertyDescription("Since when it has not answered.") @Nullable String downSince) {}
