package io.kvorum.localkube.api;

import java.util.List;

/// Who asks.
public record User(String name, List<String> groups) {

  /// Whoever holds the kubeconfig: may do everything.
  public static final User ADMIN =
      new User("kubernetes-admin", List.of("system:masters", "system:authenticated"));

  static User serviceAccount(String namespace, String name) {
    return new User(
        "system:serviceaccount:" + namespace + ":" + name,
        List.of(
            "system:serviceaccounts",
            "system:serviceaccounts:" + namespace,
            "system:authenticated"));
  }
}
