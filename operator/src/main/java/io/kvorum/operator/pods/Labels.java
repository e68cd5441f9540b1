package io.kvorum.operator.pods;

import java.util.Map;

/// The labels and annotations by which the operator knows its own.
public final class Labels {

  public static final String CLUSTER = "kvorum.io/cluster";
  public static final String CLUSTER_UID = "kvorum.io/cluster-uid";
  public static final String MEMBER = "kvorum.io/member";
  public static final String ROLE = "kvorum.io/role";
  public static final String TEMPLATE = "kvorum.io/template-hash";
  public static final String CLIENT_SCHEME = "kvorum.io/client-scheme";
  public static final String CONTENT = "kvorum.io/content-hash";
  public static final String RESERVED_PREFIX = "kvorum.io/";

  private Labels() {}

  /// Of everything that belongs to a cluster.
  static Map<String, String> ofCluster(Settings settings) {
    return Map.of(
        "app.kubernetes.io/name",
        "kvorum",
        "app.kubernetes.io/instance",
        settings.naming().cluster(),
        "app.kubernetes.io/managed-by",
        "kvorum-operator",
        CLUSTER,
        settings.naming().cluster(),
        CLUSTER_UID,
        settings.uid());
  }
}
