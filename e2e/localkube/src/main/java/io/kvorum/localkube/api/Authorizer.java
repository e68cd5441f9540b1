package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.store.Key;
import io.kvorum.localkube.store.ObjectStore;
import io.kvorum.localkube.store.Stored;
import java.util.ArrayList;
import java.util.List;

/// Role-based access control, from the roles and bindings in the store.
public final class Authorizer {

  private static final String RBAC = ".rbac.authorization.k8s.io";

  /// What somebody wants to do.
  ///
  /// @param path the path of a request that is about no resource, or ""
  public record Attributes(
      String verb,
      String group,
      String resource,
      String subresource,
      String namespace,
      String name,
      String path) {

    public static Attributes ofPath(String verb, String path) {
      return new Attributes(verb, "", "", "", "", "", path);
    }
  }

  private final ObjectStore store;

  public Authorizer(ObjectStore store) {
    this.store = store;
  }

  public boolean allows(User user, Attributes wanted) {
    if (user.groups().contains("system:masters")) {
      return true;
    }
    return rules(user, wanted.namespace()).stream().anyMatch(rule -> grants(rule, wanted));
  }

  /// All rules that hold for a user in a namespace, or ("") for the cluster.
  public List<JsonNode> rules(User user, String namespace) {
    var rules = new ArrayList<JsonNode>();
    if (user.groups().contains("system:authenticated")) {
      rules.addAll(everybody());
    }
    for (Stored binding : store.list("clusterrolebindings" + RBAC, "").items()) {
      if (names(binding.object(), user, "")) {
        rules.addAll(role(binding.object(), ""));
      }
    }
    if (!namespace.isEmpty()) {
      for (Stored binding : store.list("rolebindings" + RBAC, namespace).items()) {
        if (names(binding.object(), user, namespace)) {
          rules.addAll(role(binding.object(), namespace));
        }
      }
    }
    return rules;
  }

  /// Discovery, and asking what one may do, is open to everybody who is known.
  private static List<JsonNode> everybody() {
    ObjectNode reviews = Json.object();
    reviews.set("verbs", Json.strings(List.of("create")));
    reviews.set(
        "apiGroups", Json.strings(List.of("authorization.k8s.io", "authentication.k8s.io")));
    reviews.set(
        "resources",
        Json.strings(
            List.of("selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews")));
    ObjectNode discovery = Json.object();
    discovery.set("verbs", Json.strings(List.of("get")));
    discovery.set(
        "nonResourceURLs",
        Json.strings(
            List.of(
                "/api",
                "/api/*",
                "/apis",
                "/apis/*",
                "/healthz",
                "/livez",
                "/openapi",
                "/openapi/*",
                "/readyz",
                "/version",
                "/version/")));
    return List.of(reviews, discovery);
  }

  private static boolean names(ObjectNode binding, User user, String namespace) {
    for (JsonNode subject : Json.items(binding, "subjects")) {
      String name = Json.text(subject, "name");
      boolean named =
          switch (Json.text(subject, "kind")) {
            case "User" -> user.name().equals(name);
            case "Group" -> user.groups().contains(name);
            case "ServiceAccount" -> {
              String stated = Json.text(subject, "namespace");
              String home = stated.isEmpty() ? namespace : stated;
              yield user.name().equals("system:serviceaccount:" + home + ":" + name);
            }
            default -> false;
          };
      if (named) {
        return true;
      }
    }
    return false;
  }

  private List<JsonNode> role(ObjectNode binding, String namespace) {
    String name = Json.text(binding, "roleRef", "name");
    boolean cluster = Json.text(binding, "roleRef", "kind").equals("ClusterRole");
    Key key =
        cluster
            ? new Key("clusterroles" + RBAC, "", name)
            : new Key("roles" + RBAC, namespace, name);
    return store.get(key).map(role -> Json.items(role.object(), "rules")).orElse(List.of());
  }

  private static boolean grants(JsonNode rule, Attributes wanted) {
    if (!any(Json.texts(rule, "verbs"), wanted.verb())) {
      return false;
    }
    if (!wanted.path().isEmpty()) {
      return Json.texts(rule, "nonResourceURLs").stream()
          .anyMatch(url -> matchesPath(url, wanted.path()));
    }
    List<String> names = Json.texts(rule, "resourceNames");
    return any(Json.texts(rule, "apiGroups"), wanted.group())
        && resource(Json.texts(rule, "resources"), wanted)
        && (names.isEmpty() || names.contains(wanted.name()));
  }

  private static boolean any(List<String> list, String wanted) {
    return list.contains("*") || list.contains(wanted);
  }

  private static boolean resource(List<String> resources, Attributes wanted) {
    if (wanted.subresource().isEmpty()) {
      return any(resources, wanted.resource());
    }
    return resources.contains("*")
        || resources.contains(wanted.resource() + "/" + wanted.subresource())
        || resources.contains("*/" + wanted.subresource());
  }

  private static boolean matchesPath(String pattern, String path) {
    return pattern.endsWith("*")
        ? path.startsWith(pattern.substring(0, pattern.length() - 1))
        : path.equals(pattern);
  }
}
