package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.kvorum.localkube.cel.CelRules;
import io.kvorum.localkube.schema.Schema;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One version of one resource, as discovery shows it.
///
/// @param group the API group, "" for the core group
/// @param subresources what can be written or read beside the object: `status`, `scale`, `log` …
/// @param verbs what can be done with it
/// @param selectable the fields beside name and namespace that field selectors may name
/// @param custom what is known only of custom resources
public record ResourceType(
    String group,
    String version,
    Names names,
    boolean namespaced,
    Schema schema,
    Set<String> subresources,
    Set<String> verbs,
    List<String> selectable,
    @Nullable Custom custom) {

  /// How a resource is called.
  public record Names(
      String kind,
      String plural,
      String singular,
      List<String> shortNames,
      List<String> categories) {}

  /// A custom resource's own printing, scaling and versions.
  ///
  /// @param storage the version in which objects are kept
  /// @param rules its CEL rules, compiled when first asked for; empty when it has none
  public record Custom(
      List<JsonNode> printerColumns,
      @Nullable JsonNode scale,
      String storage,
      Supplier<Optional<CelRules>> rules) {}

  static final Set<String> ALL_VERBS =
      Set.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");

  private static final Set<String> COUNTED =
      Set.of(
          "deployments.apps",
          "replicasets.apps",
          "poddisruptionbudgets.policy",
          "networkpolicies.networking.k8s.io",
          "customresourcedefinitions.apiextensions.k8s.io");

  public String kind() {
    return names.kind();
  }

  public String plural() {
    return names.plural();
  }

  /// `apps/v1`, or `v1`.
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /// `deployments.apps`, or `pods`: how messages and the store name the resource.
  public String qualified() {
    return group.isEmpty() ? names.plural() : names.plural() + "." + group;
  }

  /// Under which resource the store keeps the objects; both kinds of events are the same objects.
  public String storage() {
    return qualified().equals("events.events.k8s.io") ? "events" : qualified();
  }

  /// True when a change of spec counts in metadata.generation.
  public boolean counted() {
    return custom != null || COUNTED.contains(qualified());
  }

  /// The apiVersion in which objects are kept.
  String storedVersion() {
    if (custom != null) {
      return group + "/" + custom.storage();
    }
    if (group.equals("events.k8s.io")) {
      return "v1";
    }
    return group.isEmpty() ? "v1" : group + "/v1";
  }

  public boolean hasStatus() {
    return subresources.contains("status");
  }

  public String listKind() {
    return names.kind() + "List";
  }
}
