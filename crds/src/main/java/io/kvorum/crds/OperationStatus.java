package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/// The change of the membership that is under way. It is written, conditioned on the version of the
/// object it was decided on, before the change is made: an operator that decided on an older state
/// loses the race and changes nothing.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record OperationStatus(
    @JsonPropertyDescription("Number of the operation; it only grows.") @Nullable Long id,
    @JsonPropertyDescription(
            "BootstrapCluster, AddMember, RemoveMember, ReplaceMember or UpdateMember.")
        @Nullable String kind,
    @JsonPropertyDescription("The member it is about.") @Nullable String target,
    @JsonPropertyDescription("When it began.") @Nullable String startedAt,
    @JsonPropertyDescription("Why it was begun.") @Nullable String reason,
    @JsonPropertyDescription("What is done or waited for now.") @Nullable String message) {}
