package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import org.jspecify.annotations.Nullable;

/// What happens to a volume that is no longer used. A kept volume is never used by a member again.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RetentionSpec(
    @Pattern("^(Retain|Delete)$")
        @JsonPropertyDescription("When the StoreCluster is deleted. Default: Retain.")
        @Nullable String onClusterDelete,
    @Pattern("^(Retain|Delete)$")
        @JsonPropertyDescription("When a member leaves because replicas fell. Default: Delete.")
        @Nullable String onScaleDown,
    @Pattern("^(Retain|Delete)$")
        @JsonPropertyDescription("When a failed member was replaced. Default: Delete.")
        @Nullable String onReplace) {}
