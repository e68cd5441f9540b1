package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/// When a failed member is replaced by a new one.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FailurePolicySpec(
    @Pattern("^(Auto|Manual)$")
        @JsonPropertyDescription(
            "Auto replaces. Manual only reports which member it would replace. Default: Auto.")
        @Nullable String mode,
    @Size(max = 16)
        @Pattern("^[0-9]+(s|m|h)$")
        @JsonPropertyDescription(
            "How long a member that may still come back is waited for. Default: 5m. A member whose"
                + " data is gone is replaced at once.")
        @Nullable String replaceAfter,
    @Pattern("^(Replace|Wait)$")
        @JsonPropertyDescription(
            "What to do about a member whose node is lost: Replace or Wait. Default: Replace.")
        @Nullable String nodeLost,
    @Min(1)
        @Max(100)
        @JsonPropertyDescription(
            "Restarts in a row after which a member counts as crash-looping. Default: 5.")
        @Nullable Integer crashLoopRestarts,
    @Size(max = 16)
        @Pattern("^[0-9]+(s|m|h)$")
        @JsonPropertyDescription(
            "Least time between two replacements of members whose data may be intact. Default: 10m.")
        @Nullable String minTimeBetweenReplacements) {}
