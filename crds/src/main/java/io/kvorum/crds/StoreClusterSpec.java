package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import org.jspecify.annotations.Nullable;

/// What the owner of a cluster wants. An absent field takes the default its description names.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StoreClusterSpec(
    @SpecReplicas
        @Min(0)
        @Max(9)
        @Default("3")
        @JsonPropertyDescription(
            "How many voting members the cluster has. 0 stops all members and keeps their volumes."
                + " Odd numbers tolerate as many failures as the even number above them.")
        @Nullable Integer replicas,
    @Required
        @Pattern("^[0-9A-Za-z_][0-9A-Za-z_.-]{0,63}$")
        @JsonPropertyDescription("The version of the store, which is the tag of its image.")
        @Nullable String version,
    @JsonPropertyDescription(
            "True: the operator only reports and changes nothing, not even to repair.")
        @Nullable Boolean paused,
    @JsonPropertyDescription("Which image the members run.") @Nullable ImageSpec image,
    @Default("{}") @JsonPropertyDescription("The volume of each member.")
        @Nullable StorageSpec storage,
    @JsonPropertyDescription("Requests and limits of each member.")
        @Nullable ResourceRequirements resources,
    @JsonPropertyDescription("Settings of the store itself.") @Nullable ConfigSpec config,
    @JsonPropertyDescription("What is added to each member's Pod.")
        @Nullable PodTemplateSpec podTemplate,
    @JsonPropertyDescription("TLS, for each plane by itself. An absent plane is plaintext.")
        @Nullable TlsSpec tls,
    @JsonPropertyDescription("When a failed member is replaced by a new one.")
        @Nullable FailurePolicySpec failurePolicy) {}
