package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/// The latest replacement of a failed member.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ReplacementStatus(
    @JsonPropertyDescription("The member that failed.") @Nullable String member,
    @JsonPropertyDescription("When its replacement began.") @Nullable String time,
    @JsonPropertyDescription("Why it was replaced.") @Nullable String reason) {}
