package io.kvorum.operator.observe;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.kvorum.crds.StoreMember;
import java.util.List;
import java.util.Optional;

/// What the caches hold of a cluster's namespace and of the nodes.
public interface ClusterState {

  List<StoreMember> records(String namespace, String cluster);

  List<Pod> pods(String namespace, String cluster);

  List<PersistentVolumeClaim> volumes(String namespace, String cluster);

  Optional<Service> service(String namespace, String name);

  Optional<ConfigMap> configMap(String namespace, String name);

  Optional<PodDisruptionBudget> disruptionBudget(String namespace, String name);

  Optional<Node> node(String name);
}
