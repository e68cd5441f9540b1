package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which image the members run: any server that speaks the etcd API and takes etcd's flags.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ImageSpec(
    @Pattern("^[a-z0-9]([a-z0-9._:/-]*[a-z0-9])?$")
        @Size(max = 255)
        @JsonPropertyDescription("Image name without tag. Default: ghcr.io/kvorum/store.")
        @Nullable String repository,
    @Pattern("^[0-9A-Za-z_][0-9A-Za-z_.-]{0,127}$")
        @JsonPropertyDescription("Tag of the image. Default: spec.version.")
        @Nullable String tag,
    @Pattern("^sha256:[0-9a-f]{64}$")
        @JsonPropertyDescription("Digest of the image, in place of a tag.")
        @Nullable String digest,
    @Pattern("^(Always|IfNotPresent|Never)$")
        @JsonPropertyDescription("Always, IfNotPresent or Never. Default: IfNotPresent.")
        @Nullable String pullPolicy,
    @JsonPropertyDescription("Names of the Secrets that hold registry credentials.")
        @Nullable List<String> pullSecrets,
    @JsonPropertyDescription(
            "The program to start in place of the image's own, for images whose entry point is not"
                + " the server. It gets etcd flags.")
        @Nullable List<String> command) {}
