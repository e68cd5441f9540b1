package io.kvorum.operator.act;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kvorum.crds.StoreCluster;
import io.kvorum.operator.plan.Step;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells of what was done as Kubernetes Events of the cluster: who joined, who left, and why.
public final class Events {

  private static final Logger LOG = LoggerFactory.getLogger(Events.class);

  private final KubernetesClient client;
  private final String identity;

  public Events(KubernetesClient client, String identity) {
    this.client = client;
    this.identity = identity;
  }

  public void tell(StoreCluster cluster, Step step, Outcome outcome) {
    String reason = reason(step);
    if (reason.isEmpty() || !(outcome instanceof Outcome.Made)) {
      return;
    }
    try {
      client.resource(event(cluster, reason, member(step) + ": " + step.reason())).create();
    } catch (KubernetesClientException e) {
      LOG.debug("no event could be written", e);
    }
  }

  private Event event(StoreCluster cluster, String reason, String message) {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    return new EventBuilder()
        .withNewMetadata()
        .withGenerateName(cluster.getMetadata().getName() + "-")
        .withNamespace(cluster.getMetadata().getNamespace())
        .endMetadata()
        .withNewInvolvedObject()
        .withApiVersion(cluster.getApiVersion())
        .withKind(cluster.getKind())
        .withName(cluster.getMetadata().getName())
        .withNamespace(cluster.getMetadata().getNamespace())
        .withUid(cluster.getMetadata().getUid())
        .endInvolvedObject()
        .withType("Normal")
        .withReason(reason)
        .withMessage(message)
        .withFirstTimestamp(now)
        .withLastTimestamp(now)
        .withCount(1)
        .withReportingComponent(Actor.FIELD_MANAGER)
        .withReportingInstance(identity)
        .withNewSource()
        .withComponent(Actor.FIELD_MANAGER)
        .endSource()
        .build();
  }

  /// The reason of the event a step is worth; empty for those that only keep records.
  private static String reason(Step step) {
    return switch (step) {
      case Step.CreatePod _ -> "CreatePod";
      case Step.DeletePod _ -> "DeletePod";
      case Step.DeleteVolume _ -> "DeleteVolume";
      case Step.GrowVolume _ -> "GrowVolume";
      case Step.AddLearner _ -> "AddLearner";
      case Step.Promote _ -> "Promote";
      case Step.MoveLeader _ -> "MoveLeader";
      case Step.RemoveMember _ -> "RemoveMember";
      case Step.UpdatePeerUrl _ -> "UpdatePeerUrl";
      case Step.ApplySupport _ -> "";
      case Step.SaveLatches _ -> "";
      case Step.CreateRecord _ -> "";
      case Step.SaveRecord _ -> "";
      case Step.DeleteRecord _ -> "";
      case Step.CreateVolume _ -> "";
      case Step.LabelPod _ -> "";
      case Step.Wait _ -> "";
      case Step.Done _ -> "";
    };
  }

  /// The member a step is about; empty if it is about the cluster.
  public static String member(Step step) {
    return switch (step) {
      case Step.CreatePod s -> s.member();
      case Step.DeletePod s -> s.member();
      case Step.DeleteVolume s -> s.member();
      case Step.GrowVolume s -> s.member();
      case Step.AddLearner s -> s.member();
      case Step.Promote s -> s.member();
      case Step.MoveLeader s -> s.from();
      case Step.RemoveMember s -> s.member();
      case Step.UpdatePeerUrl s -> s.member();
      case Step.CreateRecord s -> s.member();
      case Step.SaveRecord s -> s.member();
      case Step.DeleteRecord s -> s.member();
      case Step.CreateVolume s -> s.member();
      case Step.LabelPod s -> s.member();
      case Step.ApplySupport _ -> "";
      case Step.SaveLatches _ -> "";
      case Step.Wait _ -> "";
      case Step.Done _ -> "";
    };
  }
}
