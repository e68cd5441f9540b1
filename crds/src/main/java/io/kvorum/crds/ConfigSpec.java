package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// Settings of the store. The set is closed: names, addresses and bootstrap belong to the operator.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value =
        "duration(self.electionTimeout) >= duration(self.heartbeatInterval)"
            + " + duration(self.heartbeatInterval) + duration(self.heartbeatInterval)"
            + " + duration(self.heartbeatInterval) + duration(self.heartbeatInterval)",
    message = "spec.config.electionTimeout: at least five times spec.config.heartbeatInterval")
@ValidationRule(
    value = "duration(self.electionTimeout) <= duration('50s')",
    message = "spec.config.electionTimeout: at most 50s")
public record ConfigSpec(
    @Size(max = 32)
        @Pattern("^[1-9][0-9]*(Ki|Mi|Gi|Ti|k|M|G|T)?$")
        @JsonPropertyDescription(
            "How much the store may hold before it refuses writes, such as 2Gi. Default: the"
                + " store's own.")
        @Nullable String quotaBackendBytes,
    @Default("100ms")
        @Size(max = 16)
        @Pattern("^[1-9][0-9]*(ms|s)$")
        @JsonPropertyDescription("How often the leader tells the others that it lives.")
        @Nullable String heartbeatInterval,
    @Default("1s")
        @Size(max = 16)
        @Pattern("^[1-9][0-9]*(ms|s)$")
        @JsonPropertyDescription("How long a follower waits before it asks for an election.")
        @Nullable String electionTimeout,
    @Min(1) @JsonPropertyDescription("Log entries between two snapshots.")
        @Nullable Long snapshotCount,
    @Min(1) @JsonPropertyDescription("Largest request in bytes. Default: 1572864.")
        @Nullable Long maxRequestBytes,
    @Min(1) @JsonPropertyDescription("Most operations of one transaction. Default: 128.")
        @Nullable Integer maxTxnOps,
    @JsonPropertyDescription("Compaction of the history by the store itself. Default: none.")
        @Nullable AutoCompactionSpec autoCompaction) {}
