package io.kvorum.operator.pods;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.kvorum.crds.Api;
import io.kvorum.crds.StoreMember;
import io.kvorum.crds.StoreMemberSpec;
import io.kvorum.operator.plan.Naming;
import io.kvorum.operator.plan.PodState;
import io.kvorum.operator.plan.Step;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The objects around the members' Pods.
public final class ClusterObjects {

  private ClusterObjects() {}

  /// Everything belongs to the StoreCluster and goes with it.
  public static OwnerReference owner(Settings settings) {
    return new OwnerReferenceBuilder()
        .withApiVersion(Api.GROUP + "/" + Api.VERSION)
        .withKind("StoreCluster")
        .withName(settings.naming().cluster())
        .withUid(settings.uid())
        .withController(true)
        .withBlockOwnerDeletion(false)
        .build();
  }

  private static ObjectMetaBuilder metadata(Settings settings, String name) {
    return new ObjectMetaBuilder()
        .withName(name)
        .withNamespace(settings.naming().namespace())
        .withLabels(Labels.ofCluster(settings))
        .withOwnerReferences(owner(settings));
  }

  /// Members find each other by it before they are ready: else none would ever become ready.
  public static Service peerService(Settings settings) {
    return marked(
        new ServiceBuilder()
            .withMetadata(metadata(settings, settings.naming().peerService()).build())
            .withNewSpec()
            .withClusterIP("None")
            .withPublishNotReadyAddresses(true)
            .withSelector(Map.of(Labels.CLUSTER, settings.naming().cluster()))
            .withPorts(ports(settings))
            .endSpec()
            .build());
  }

  /// Clients reach the voters that are ready by it.
  public static Service clientService(Settings settings) {
    return marked(
        new ServiceBuilder()
            .withMetadata(metadata(settings, settings.naming().clientService()).build())
            .withNewSpec()
            .withType("ClusterIP")
            .addToSelector(Labels.CLUSTER, settings.naming().cluster())
            .addToSelector(Labels.ROLE, PodState.Role.VOTER.text())
            .withPorts(ports(settings))
            .endSpec()
            .build());
  }

  private static Service marked(Service service) {
    service.getMetadata().setAnnotations(Map.of(Labels.CONTENT, Content.hash(service.getSpec())));
    return service;
  }

  /// Whether the object bears the mark of what would be written now.
  public static boolean isCurrent(Service there, Service wanted) {
    return Objects.equals(
        wanted.getMetadata().getAnnotations().get(Labels.CONTENT),
        there.getMetadata().getAnnotations().get(Labels.CONTENT));
  }

  /// Named as etcd's DNS discovery wants them: SRV records derive from these names.
  private static List<ServicePort> ports(Settings settings) {
    return List.of(
        port(settings.clientTls() == null ? "etcd-client" : "etcd-client-ssl", Naming.CLIENT_PORT),
        port(settings.peerTls() == null ? "etcd-server" : "etcd-server-ssl", Naming.PEER_PORT));
  }

  private static ServicePort port(String name, int port) {
    return new ServicePortBuilder()
        .withName(name)
        .withPort(port)
        .withNewTargetPort(port)
        .withProtocol("TCP")
        .build();
  }

  /// An integer, for a percentage follows the members down; over voters only, for a learner
  /// protects nothing; a Pod that is not ready may always be evicted, for it protects nothing
  /// either.
  public static PodDisruptionBudget disruptionBudget(Settings settings, int minAvailable) {
    return new PodDisruptionBudgetBuilder()
        .withMetadata(metadata(settings, settings.naming().cluster()).build())
        .withNewSpec()
        .withNewMinAvailable(minAvailable)
        .withNewSelector()
        .addToMatchLabels(Labels.CLUSTER, settings.naming().cluster())
        .addToMatchLabels(Labels.ROLE, PodState.Role.VOTER.text())
        .endSelector()
        .withUnhealthyPodEvictionPolicy("AlwaysAllow")
        .endSpec()
        .build();
  }

  public static ConfigMap bootstrapState(Settings settings, boolean isNew) {
    return new ConfigMapBuilder()
        .withMetadata(metadata(settings, settings.naming().bootstrapState()).build())
        .addToData(PodTemplate.STATE_KEY, isNew ? "new" : "existing")
        .build();
  }

  /// A volume that outlives its cluster has no owner.
  public static PersistentVolumeClaim volume(Settings settings, String member) {
    ObjectMetaBuilder metadata = metadata(settings, member).addToLabels(Labels.MEMBER, member);
    if (settings.keepsVolumesOfDeletedCluster()) {
      metadata.withOwnerReferences(List.of());
    }
    return new PersistentVolumeClaimBuilder()
        .withMetadata(metadata.build())
        .withNewSpec()
        .withAccessModes("ReadWriteOnce")
        .withStorageClassName(settings.storage().storageClassName())
        .withNewResources()
        .addToRequests("storage", new Quantity(settings.size()))
        .endResources()
        .endSpec()
        .build();
  }

  public static StoreMember record(Settings settings, Step.CreateRecord step) {
    var record = new StoreMember();
    record.setMetadata(
        metadata(settings, step.member()).addToLabels(Labels.MEMBER, step.member()).build());
    record.setSpec(
        new StoreMemberSpec(
            settings.naming().cluster(), step.serial(), step.seed(), step.peerUrl()));
    return record;
  }
}
