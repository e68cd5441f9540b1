package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// The volume of each member.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "quantity(self.size).compareTo(quantity(oldSelf.size)) >= 0",
    message = "spec.storage.size: a volume can grow, not shrink")
@ValidationRule(
    value =
        "has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName)"
            + " || self.storageClassName == oldSelf.storageClassName)",
    message =
        "spec.storage.storageClassName: cannot be changed; make a new cluster with the other class")
public record StorageSpec(
    @Default("8Gi")
        @Size(max = 32)
        @Pattern("^[1-9][0-9]*(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$")
        @JsonPropertyDescription("Size of each volume, such as 8Gi. It can grow, not shrink.")
        @Nullable String size,
    @Size(max = 253)
        @JsonPropertyDescription("StorageClass of the volumes. Default: that of the Kubernetes.")
        @Nullable String storageClassName,
    @JsonPropertyDescription("What happens to a volume that is no longer used.")
        @Nullable RetentionSpec retention) {}
