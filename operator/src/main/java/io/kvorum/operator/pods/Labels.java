package io.kvorum.operator.pods;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

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

  /// Whether an object with these labels belongs to the cluster, and not to an earlier one of its
  /// name.
  public static boolean areOf(Settings settings, @Nullable Map<String, String> labels) {
    return labels != null && settings.uid().equals(labels.get(CLUSTER_UID));
  }

  /// Of everything that belongs to a cluster, in order: what is written never differs by chance.
  static SortedMap<String, String> ofCluster(Settings settings) {
    var labels = new TreeMap<String, String>();
    labels.put("app.kubernetes.io/name", "kvorum");
    labels.put("app.kubernetes.io/instance", settings.naming().cluster());
    labels.put("app.kubernetes.io/managed-by", "kvorum-operator");
    labels.put(CLUSTER, settings.naming().cluster());
    labels.put(CLUSTER_UID, settings.uid());
    return labels;
  }
}
