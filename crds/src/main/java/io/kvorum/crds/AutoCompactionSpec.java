package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// Compaction of the history by the store itself.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value =
        "self.mode == 'Periodic' ? self.retention.matches('^[1-9][0-9]*(s|m|h)$')"
            + " : self.retention.matches('^[1-9][0-9]*$')",
    message =
        "spec.config.autoCompaction.retention: a duration such as 1h with mode Periodic, a number"
            + " of revisions such as 10000 with mode Revision")
public record AutoCompactionSpec(
    @Required
        @Pattern("^(Periodic|Revision)$")
        @JsonPropertyDescription("Periodic keeps a time span, Revision a number of revisions.")
        @Nullable String mode,
    @Required
        @Size(max = 32)
        @JsonPropertyDescription("What is kept: 1h with Periodic, 10000 with Revision.")
        @Nullable String retention) {}
