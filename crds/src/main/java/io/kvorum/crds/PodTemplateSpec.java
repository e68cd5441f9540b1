package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is added to each member's Pod. Probes, ports and volumes belong to the operator.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PodTemplateSpec(
    @JsonPropertyDescription("Labels and annotations that are added to each Pod.")
        @Nullable Metadata metadata,
    @JsonPropertyDescription("Labels a node must have.") @Nullable Map<String, String> nodeSelector,
    @JsonPropertyDescription("Taints the Pods tolerate.") @Nullable List<Toleration> tolerations,
    @JsonPropertyDescription(
            "Scheduling preferences, in place of the default, which is: apart from each other by"
                + " node where possible.")
        @Nullable Affinity affinity,
    @JsonPropertyDescription("How the Pods spread over zones.")
        @Nullable List<TopologySpreadConstraint> topologySpreadConstraints,
    @JsonPropertyDescription(
            "Security context of the Pod, in place of the default, which satisfies the restricted"
                + " Pod security standard.")
        @Nullable PodSecurityContext securityContext,
    @JsonPropertyDescription("Priority class of the Pods.") @Nullable String priorityClassName,
    @Min(1)
        @Max(3600)
        @JsonPropertyDescription("Seconds a member gets to stop by itself. Default: 30.")
        @Nullable Long terminationGracePeriodSeconds) {

  /// Labels and annotations; keys of the operator's own group are refused by its controller.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Metadata(
      @JsonPropertyDescription("Labels.") @Nullable Map<String, String> labels,
      @JsonPropertyDescription("Annotations.") @Nullable Map<String, String> annotations) {}
}
