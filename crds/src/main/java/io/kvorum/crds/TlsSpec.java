package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/// TLS for each plane by itself.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TlsSpec(
    @JsonPropertyDescription("Between members. Every member shows and demands a certificate.")
        @Nullable TlsPlaneSpec peer,
    @JsonPropertyDescription("Between clients and members.") @Nullable TlsPlaneSpec client) {}
