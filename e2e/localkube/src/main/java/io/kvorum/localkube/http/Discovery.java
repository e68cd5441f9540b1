package io.kvorum.localkube.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.Catalogue;
import io.kvorum.localkube.api.ResourceType;
import io.kvorum.localkube.json.Json;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Tells clients which groups, versions and resources there are; also in one piece (aggregated).
final class Discovery {

  /// The Kubernetes version whose behaviour this server has.
  static final String KUBERNETES_VERSION = "v1.32.4";

  private final Catalogue catalogue;

  Discovery(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  ObjectNode version() {
    ObjectNode version = Json.object();
    version.put("major", "1");
    version.put("minor", "32");
    version.put("gitVersion", KUBERNETES_VERSION + "+kvorum-localkube");
    version.put("gitCommit", "");
    version.put("gitTreeState", "clean");
    version.put("buildDate", "1970-01-01T00:00:00Z");
    version.put("goVersion", "");
    version.put("compiler", "javac");
    version.put("platform", "linux/amd64");
    return version;
  }

  ObjectNode coreVersions(String server) {
    ObjectNode versions = Json.object();
    versions.put("kind", "APIVersions");
    versions.set("versions", Json.strings(List.of("v1")));
    versions
        .putArray("serverAddressByClientCIDRs")
        .addObject()
        .put("clientCIDR", "0.0.0.0/0")
        .put("serverAddress", server);
    return versions;
  }

  ObjectNode groups() {
    ObjectNode list = Json.object();
    list.put("kind", "APIGroupList");
    list.put("apiVersion", "v1");
    ArrayNode groups = list.putArray("groups");
    catalogue.groups().forEach(name -> groups.add(group(name)));
    return list;
  }

  ObjectNode group(String name) {
    ObjectNode group = Json.object();
    group.put("kind", "APIGroup");
    group.put("apiVersion", "v1");
    group.put("name", name);
    ArrayNode versions = group.putArray("versions");
    List<String> all = catalogue.versions(name);
    all.forEach(version -> versions.add(groupVersion(name, version)));
    group.set("preferredVersion", groupVersion(name, all.getFirst()));
    return group;
  }

  private static ObjectNode groupVersion(String group, String version) {
    return Json.object().put("groupVersion", group + "/" + version).put("version", version);
  }

  ObjectNode resources(String group, String version) {
    ObjectNode list = Json.object();
    list.put("kind", "APIResourceList");
    list.put("apiVersion", "v1");
    list.put("groupVersion", group.isEmpty() ? version : group + "/" + version);
    ArrayNode resources = list.putArray("resources");
    for (ResourceType type : catalogue.in(group, version)) {
      resources.add(resource(type));
      for (String subresource : new TreeSet<>(type.subresources())) {
        resources.add(subresource(type, subresource));
      }
    }
    return list;
  }

  private static ObjectNode resource(ResourceType type) {
    ObjectNode resource = Json.object();
    resource.put("name", type.plural());
    resource.put("singularName", type.names().singular());
    resource.put("namespaced", type.namespaced());
    resource.put("kind", type.kind());
    resource.set("verbs", Json.strings(new TreeSet<>(type.verbs())));
    if (!type.names().shortNames().isEmpty()) {
      resource.set("shortNames", Json.strings(type.names().shortNames()));
    }
    if (!type.names().categories().isEmpty()) {
      resource.set("categories", Json.strings(type.names().categories()));
    }
    return resource;
  }

  private static ObjectNode subresource(ResourceType type, String name) {
    ObjectNode resource = Json.object();
    resource.put("name", type.plural() + "/" + name);
    resource.put("singularName", "");
    resource.put("namespaced", type.namespaced());
    String[] kind = kind(type, name);
    if (!kind[0].isEmpty()) {
      resource.put("group", kind[0]);
      resource.put("version", kind[1]);
    }
    resource.put("kind", kind[2]);
    resource.set("verbs", Json.strings(new TreeSet<>(verbs(name))));
    return resource;
  }

  /// Group, version and kind of what a subresource speaks.
  private static String[] kind(ResourceType type, String subresource) {
    return switch (subresource) {
      case "scale" -> new String[] {"autoscaling", "v1", "Scale"};
      case "eviction" -> new String[] {"policy", "v1", "Eviction"};
      case "token" -> new String[] {"authentication.k8s.io", "v1", "TokenRequest"};
      case "binding" -> new String[] {"", "", "Binding"};
      default -> new String[] {"", "", type.kind()};
    };
  }

  private static Set<String> verbs(String subresource) {
    return switch (subresource) {
      case "log" -> Set.of("get");
      case "eviction", "binding", "token" -> Set.of("create");
      case "exec", "attach", "portforward" -> Set.of("create", "get");
      case "finalize" -> Set.of("update");
      default -> Set.of("get", "patch", "update");
    };
  }

  /// The core group, or all others, in the aggregated form.
  ObjectNode aggregated(boolean core, String version) {
    ObjectNode list = Json.object();
    list.put("kind", "APIGroupDiscoveryList");
    list.put("apiVersion", "apidiscovery.k8s.io/" + version);
    list.putObject("metadata");
    ArrayNode items = list.putArray("items");
    if (core) {
      items.add(aggregatedGroup(""));
    } else {
      catalogue.groups().forEach(group -> items.add(aggregatedGroup(group)));
    }
    return list;
  }

  private ObjectNode aggregatedGroup(String group) {
    ObjectNode item = Json.object();
    ObjectNode metadata = item.putObject("metadata");
    if (!group.isEmpty()) {
      metadata.put("name", group);
    }
    ArrayNode versions = item.putArray("versions");
    for (String version : catalogue.versions(group)) {
      ObjectNode each = versions.addObject();
      each.put("version", version);
      each.put("freshness", "Current");
      ArrayNode resources = each.putArray("resources");
      for (ResourceType type : catalogue.in(group, version)) {
        resources.add(aggregatedResource(type));
      }
    }
    return item;
  }

  private static ObjectNode aggregatedResource(ResourceType type) {
    ObjectNode resource = Json.object();
    resource.put("resource", type.plural());
    resource.set("responseKind", kindOf(type.group(), type.version(), type.kind()));
    resource.put("scope", type.namespaced() ? "Namespaced" : "Cluster");
    resource.put("singularResource", type.names().singular());
    resource.set("verbs", Json.strings(new TreeSet<>(type.verbs())));
    resource.set("shortNames", Json.strings(type.names().shortNames()));
    resource.set("categories", Json.strings(type.names().categories()));
    ArrayNode subresources = resource.putArray("subresources");
    for (String name : new TreeSet<>(type.subresources())) {
      String[] kind = kind(type, name);
      String group = kind[0].isEmpty() ? type.group() : kind[0];
      String version = kind[1].isEmpty() ? type.version() : kind[1];
      ObjectNode each = subresources.addObject();
      each.put("subresource", name);
      each.set("responseKind", kindOf(group, version, kind[2]));
      each.set("verbs", Json.strings(new TreeSet<>(verbs(name))));
    }
    return resource;
  }

  private static ObjectNode kindOf(String group, String version, String kind) {
    return Json.object().put("group", group).put("version", version).put("kind", kind);
  }
}
