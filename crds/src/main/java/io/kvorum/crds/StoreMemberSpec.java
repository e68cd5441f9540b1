package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// Who the member is. Nothing of it ever changes.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(value = "self == oldSelf", message = "spec: a member's record cannot be changed")
public record StoreMemberSpec(
    @Required @Size(max = 253) @JsonPropertyDescription("Name of its StoreCluster.")
        @Nullable String clusterName,
    @Required @Min(1) @JsonPropertyDescription("Its number; never used twice in a cluster.")
        @Nullable Integer serial,
    @JsonPropertyDescription("True for the member the cluster is formed with.")
        @Nullable Boolean seed,
    @Required @Size(max = 512) @JsonPropertyDescription("The peer URL it was announced with.")
        @Nullable String peerURL) {}
