package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.store.Key;
import io.kvorum.localkube.store.ObjectStore;
import io.kvorum.localkube.store.Stored;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;

/// Which rules hold for which kind, and those that look at other objects.
final class Rules {

  private static final String DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";

  /// Resources whose updates must say which version they are based on.
  private static final Set<String> VERSIONED =
      Set.of("leases.coordination.k8s.io", "poddisruptionbudgets.policy");

  private final ObjectStore store;
  private final Catalogue catalogue;
  private final Definitions definitions = new Definitions();
  private final Map<String, KindRules> kinds;

  Rules(ObjectStore store, Catalogue catalogue, BinaryOperator<String> serviceAddresses) {
    this.store = store;
    this.catalogue = catalogue;
    this.kinds =
        Map.ofEntries(
            Map.entry("pods", new PodRules()),
            Map.entry("deployments.apps", new WorkloadRules()),
            Map.entry("replicasets.apps", new WorkloadRules()),
            Map.entry("services", new ServiceRules(serviceAddresses)),
            Map.entry("persistentvolumeclaims", new VolumeRules.Claims(store)),
            Map.entry("persistentvolumes", new VolumeRules.Volumes()),
            Map.entry("namespaces", new PlainRules.Namespaces()),
            Map.entry("secrets", new PlainRules.Data()),
            Map.entry("configmaps", new PlainRules.Data()),
            Map.entry("rolebindings.rbac.authorization.k8s.io", new PlainRules.Bindings()),
            Map.entry("clusterrolebindings.rbac.authorization.k8s.io", new PlainRules.Bindings()),
            Map.entry("events", new PlainRules.Events()),
            Map.entry(DEFINITIONS, definitions));
    refresh();
  }

  KindRules of(ResourceType type) {
    return kinds.getOrDefault(type.storage(), KindRules.NONE);
  }

  boolean wantsVersion(ResourceType type) {
    return type.custom() != null || VERSIONED.contains(type.qualified());
  }

  /// Nothing is created in a namespace that is absent or on its way out, nor a Pod whose account is
  /// missing.
  void checkNamespaceAccepts(ResourceType type, String namespace) {
    if (!type.namespaced()) {
      return;
    }
    Optional<Stored> found = store.get(new Key("namespaces", "", namespace));
    if (found.isEmpty()) {
      throw ApiException.notFound(catalogue.builtin("namespaces"), namespace);
    }
    if (Json.has(found.get().object(), "metadata", "deletionTimestamp")
        && !type.storage().equals("events")) {
      throw ApiException.forbidden(
          type,
          "",
          "unable to create new content in namespace "
              + namespace
              + " because it is being terminated");
    }
  }

  /// What follows a creation at once.
  void created(ResourceType type, ObjectNode object) {
    if (type.qualified().equals("namespaces")) {
      addDefaultAccount(Json.text(object, "metadata", "name"));
    }
    changed(type);
  }

  private void addDefaultAccount(String namespace) {
    ResourceType accounts = catalogue.builtin("serviceaccounts");
    ObjectNode account = Json.object();
    account.put("apiVersion", "v1");
    account.put("kind", "ServiceAccount");
    Json.with(account, "metadata").put("name", "default");
    Metadata.prepareCreate(account, accounts, namespace);
    store.create(new Key("serviceaccounts", namespace, "default"), account);
  }

  /// Called after each change of an object of this type, and each deletion.
  void changed(ResourceType type) {
    if (type.storage().equals(DEFINITIONS)) {
      refresh();
    }
  }

  void refresh() {
    List<ResourceType> custom =
        store.list(DEFINITIONS, "").items().stream()
            .flatMap(each -> definitions.resources(each.object()).stream())
            .toList();
    catalogue.setCustom(custom);
  }
}
