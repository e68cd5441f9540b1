package io.kvorum.operator;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.kvorum.crds.StoreCluster;
import io.kvorum.crds.StoreMember;
import io.kvorum.operator.act.RecentWrites;
import io.kvorum.operator.observe.ClusterState;
import io.kvorum.operator.pods.Labels;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The caches of everything that belongs to clusters, and of the nodes. An event about an object
/// wakes the cluster its label names.
final class Informers implements ClusterState, RecentWrites {

  private final Map<Class<?>, InformerEventSource<? extends HasMetadata, StoreCluster>> sources =
      new LinkedHashMap<>();

  /// Made once, when the controller starts.
  List<EventSource<?, StoreCluster>> start(EventSourceContext<StoreCluster> context) {
    for (Class<? extends HasMetadata> type :
        List.of(
            StoreMember.class,
            Pod.class,
            PersistentVolumeClaim.class,
            Service.class,
            ConfigMap.class,
            PodDisruptionBudget.class)) {
      sources.put(type, ofCluster(type, context));
    }
    sources.put(Node.class, nodes(context));
    return List.copyOf(sources.values());
  }

  private static <T extends HasMetadata> InformerEventSource<T, StoreCluster> ofCluster(
      Class<T> type, EventSourceContext<StoreCluster> context) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(type, StoreCluster.class)
            .withLabelSelector(Labels.CLUSTER)
            .withNamespacesInheritedFromController()
            .withSecondaryToPrimaryMapper(Informers::clusterOf)
            .build(),
        context);
  }

  private static <T extends HasMetadata> Set<ResourceID> clusterOf(T object) {
    Map<String, String> labels = object.getMetadata().getLabels();
    String cluster = labels == null ? null : labels.get(Labels.CLUSTER);
    return cluster == null
        ? Set.of()
        : Set.of(new ResourceID(cluster, object.getMetadata().getNamespace()));
  }

  /// Nodes wake nobody: their heartbeats would. Each pass looks at them.
  private static InformerEventSource<Node, StoreCluster> nodes(
      EventSourceContext<StoreCluster> context) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(Node.class, StoreCluster.class)
            .withWatchAllNamespaces()
            .withSecondaryToPrimaryMapper(_ -> Set.of())
            .build(),
        context);
  }

  @Override
  public List<StoreMember> records(String namespace, String cluster) {
    return list(StoreMember.class, namespace, cluster);
  }

  @Override
  public List<Pod> pods(String namespace, String cluster) {
    return list(Pod.class, namespace, cluster);
  }

  @Override
  public List<PersistentVolumeClaim> volumes(String namespace, String cluster) {
    return list(PersistentVolumeClaim.class, namespace, cluster);
  }

  @Override
  public Optional<Service> service(String namespace, String name) {
    return get(Service.class, namespace, name);
  }

  @Override
  public Optional<ConfigMap> configMap(String namespace, String name) {
    return get(ConfigMap.class, namespace, name);
  }

  @Override
  public Optional<PodDisruptionBudget> disruptionBudget(String namespace, String name) {
    return get(PodDisruptionBudget.class, namespace, name);
  }

  @Override
  public Optional<Node> node(String name) {
    return source(Node.class).get(new ResourceID(name));
  }

  private <T extends HasMetadata> List<T> list(Class<T> type, String namespace, String cluster) {
    return source(type)
        .list(
            namespace,
            object ->
                object.getMetadata().getLabels() != null
                    && cluster.equals(object.getMetadata().getLabels().get(Labels.CLUSTER)))
        .toList();
  }

  private <T extends HasMetadata> Optional<T> get(Class<T> type, String namespace, String name) {
    return source(type).get(new ResourceID(name, namespace));
  }

  @SuppressWarnings("unchecked") // `start` puts each source under its own type.
  private <T extends HasMetadata> InformerEventSource<T, StoreCluster> source(Class<T> type) {
    var source = (InformerEventSource<T, StoreCluster>) sources.get(type);
    if (source == null) {
      throw new IllegalStateException("no cache of " + type.getSimpleName());
    }
    return source;
  }

  @Override
  public void wrote(HasMetadata object) {
    if (sources.containsKey(object.getClass())) {
      remember(object);
    }
  }

  @SuppressWarnings("unchecked") // The source of an object's own class takes it.
  private <T extends HasMetadata> void remember(T object) {
    var source = source((Class<T>) object.getClass());
    ResourceID id = ResourceID.fromResource(object);
    source
        .get(id)
        .ifPresentOrElse(
            before -> source.handleRecentResourceUpdate(id, object, before),
            () -> source.handleRecentResourceCreate(id, object));
  }
}
