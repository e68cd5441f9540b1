package io.kvorum.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// Where a plane's certificates come from.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "self.source != 'Secret' || has(self.secretRef)",
    message =
        "tls secretRef: required with source Secret; name a Secret with tls.crt, tls.key, ca.crt")
public record TlsPlaneSpec(
    @Required
        @Pattern("^Secret$")
        @JsonPropertyDescription("Secret: the certificates stand in the Secret of secretRef.")
        @Nullable String source,
    @JsonPropertyDescription("The Secret with tls.crt, tls.key and ca.crt.")
        @Nullable SecretRef secretRef,
    @Pattern("^(Required|None)$")
        @JsonPropertyDescription(
            "Whether clients must show a certificate: Required or None. Default: Required. Members"
                + " always must, on the peer plane.")
        @Nullable String clientAuth) {

  /// A Secret of the cluster's namespace.
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record SecretRef(
      @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Name of the Secret.")
          @Nullable String name) {}
}
