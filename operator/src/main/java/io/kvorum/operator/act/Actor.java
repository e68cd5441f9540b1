package io.kvorum.operator.act;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kvorum.crds.StoreMember;
import io.kvorum.operator.observe.Sight;
import io.kvorum.operator.observe.StatusText;
import io.kvorum.operator.plan.Health;
import io.kvorum.operator.plan.Member;
import io.kvorum.operator.plan.Step;
import io.kvorum.operator.pods.ClusterObjects;
import io.kvorum.operator.pods.Labels;
import io.kvorum.operator.pods.PodTemplate;
import io.kvorum.operator.pods.Settings;
import io.kvorum.operator.store.Endpoint;
import io.kvorum.operator.store.StoreException;
import io.kvorum.operator.store.Stores;
import java.net.HttpURLConnection;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Makes the one write a step asks for. Each is safe to repeat and safe beside a second operator:
/// names are unique, deletions name a UID, changes of the membership name an ID.
public final class Actor {

  public static final String FIELD_MANAGER = "kvorum-operator";

  private static final int UNPROCESSABLE = 422;

  private static final Set<Integer> REFUSALS =
      Set.of(HttpURLConnection.HTTP_BAD_REQUEST, HttpURLConnection.HTTP_FORBIDDEN, UNPROCESSABLE);

  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager(FIELD_MANAGER)
          .withForce(true)
          .build();

  private final KubernetesClient client;
  private final Stores stores;
  private final RecentWrites recent;

  public Actor(KubernetesClient client, Stores stores, RecentWrites recent) {
    this.client = client;
    this.stores = stores;
    this.recent = recent;
  }

  /// `SaveLatches` is a write of the cluster's status, which belongs to the caller. What Kubernetes
  /// refuses (a quota, a policy, a missing right) is an outcome for the status to tell; when it
  /// does not answer, or has changed meanwhile, the caller tries again.
  public Outcome perform(Settings settings, Sight sight, Step step) {
    try {
      return write(settings, sight, step);
    } catch (KubernetesClientException e) {
      if (!REFUSALS.contains(e.getCode())) {
        throw e;
      }
      String message = e.getStatus() == null ? null : e.getStatus().getMessage();
      return new Outcome.NotMade(
          "Kubernetes refuses: " + Objects.requireNonNullElse(message, "HTTP " + e.getCode()));
    }
  }

  private Outcome write(Settings settings, Sight sight, Step step) {
    String namespace = settings.naming().namespace();
    return switch (step) {
      case Step.ApplySupport support -> apply(settings, support);
      case Step.CreateRecord create -> create(settings, ClusterObjects.record(settings, create));
      case Step.SaveRecord save -> save(namespace, save);
      case Step.DeleteRecord(var name, var _) ->
          delete(client.resources(StoreMember.class).inNamespace(namespace).withName(name));
      case Step.CreateVolume(var name, var _) ->
          create(settings, ClusterObjects.volume(settings, name));
      case Step.GrowVolume(var name, var bytes, var _) -> grow(namespace, name, bytes);
      case Step.DeleteVolume(var name, var uid, var _) ->
          delete(client.persistentVolumeClaims().inNamespace(namespace).withName(name), name, uid);
      case Step.CreatePod pod -> create(settings, owned(settings, PodTemplate.pod(settings, pod)));
      case Step.DeletePod(var name, var uid, var _) ->
          delete(client.pods().inNamespace(namespace).withName(name), name, uid);
      case Step.LabelPod label -> label(namespace, label);
      case Step.AddLearner(var _, var url, var _) ->
          onStore(sight, null, endpoint -> stores.addLearner(endpoint, url));
      case Step.Promote(var _, var id, var _) ->
          onStore(sight, null, endpoint -> stores.promote(endpoint, id));
      case Step.MoveLeader(var from, var to, var _) ->
          onStore(sight, from, endpoint -> stores.moveLeader(endpoint, to));
      case Step.RemoveMember(var _, var id, var _) ->
          onStore(sight, null, endpoint -> stores.remove(endpoint, id));
      case Step.UpdatePeerUrl(var _, var id, var url, var _) ->
          onStore(sight, null, endpoint -> stores.updatePeerUrl(endpoint, id, url));
      case Step.SaveLatches _ -> new Outcome.Nothing();
      case Step.Wait _ -> new Outcome.Nothing();
      case Step.Done _ -> new Outcome.Nothing();
    };
  }

  private Outcome apply(Settings settings, Step.ApplySupport support) {
    HasMetadata object =
        switch (support.what()) {
          case PEER_SERVICE -> ClusterObjects.peerService(settings);
          case CLIENT_SERVICE -> ClusterObjects.clientService(settings);
          case DISRUPTION_BUDGET -> ClusterObjects.disruptionBudget(settings, support.value());
          case BOOTSTRAP_STATE -> ClusterObjects.bootstrapState(settings, support.value() == 1);
        };
    return written(client.resource(object).patch(APPLY));
  }

  private static Pod owned(Settings settings, Pod pod) {
    pod.getMetadata().setOwnerReferences(java.util.List.of(ClusterObjects.owner(settings)));
    return pod;
  }

  /// An object of the name that is this cluster's was made by an earlier pass; one that is not is
  /// in the way.
  private Outcome create(Settings settings, HasMetadata object) {
    try {
      return written(client.resource(object).create());
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      HasMetadata there = client.resource(object).get();
      return there == null || Labels.areOf(settings, there.getMetadata().getLabels())
          ? new Outcome.Made()
          : new Outcome.NotMade(
              "%s %s exists and is not this cluster's"
                  .formatted(object.getKind(), object.getMetadata().getName()));
    }
  }

  private Outcome save(String namespace, Step.SaveRecord save) {
    StoreMember there =
        client.resources(StoreMember.class).inNamespace(namespace).withName(save.member()).get();
    if (there == null) {
      return new Outcome.NotMade("the record of " + save.member() + " is gone");
    }
    if (!save.record().keepsWhatIsKnown(StatusText.record(there))) {
      return new Outcome.NotMade("the record of " + save.member() + " says more by now");
    }
    there.setStatus(StatusText.text(save.record()));
    return written(client.resource(there).updateStatus());
  }

  private Outcome grow(String namespace, String name, long bytes) {
    String patch =
        "{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"%d\"}}}}".formatted(bytes);
    return written(
        client
            .persistentVolumeClaims()
            .inNamespace(namespace)
            .withName(name)
            .patch(merge(), patch));
  }

  private Outcome label(String namespace, Step.LabelPod label) {
    String patch =
        "{\"metadata\":{\"uid\":\"%s\",\"labels\":{\"%s\":\"%s\"}}}"
            .formatted(label.uid(), Labels.ROLE, label.role().text());
    return written(
        client.pods().inNamespace(namespace).withName(label.member()).patch(merge(), patch));
  }

  private static PatchContext merge() {
    return new PatchContext.Builder()
        .withPatchType(PatchType.JSON_MERGE)
        .withFieldManager(FIELD_MANAGER)
        .build();
  }

  private static Outcome delete(Resource<?> resource) {
    resource.delete();
    return new Outcome.Made();
  }

  /// Only the object that was seen: one made meanwhile under the same name stays.
  private static <T extends HasMetadata> Outcome delete(
      Resource<T> resource, String name, String uid) {
    T there = resource.get();
    if (there == null || !uid.equals(there.getMetadata().getUid())) {
      return new Outcome.NotMade(name + " is not the one that was seen any more");
    }
    resource.lockResourceVersion(there.getMetadata().getResourceVersion()).delete();
    return new Outcome.Made();
  }

  private Outcome written(@Nullable HasMetadata object) {
    if (object != null) {
      recent.wrote(object);
    }
    return new Outcome.Made();
  }

  /// The call goes to the member with this ID, or to the leader by its own word.
  private Outcome onStore(Sight sight, @Nullable String id, Consumer<Endpoint> call) {
    for (Member member : sight.observed().members()) {
      if (member.health() instanceof Health.Up up
          && up.memberId().equals(Objects.requireNonNullElse(id, up.leaderId()))) {
        Endpoint endpoint = sight.endpoints().get(member.name());
        return endpoint == null
            ? new Outcome.NotMade(member.name() + " has no address")
            : tried(endpoint, call);
      }
    }
    return new Outcome.NotMade("the leader has no Pod that answers");
  }

  private static Outcome tried(Endpoint endpoint, Consumer<Endpoint> call) {
    try {
      call.accept(endpoint);
      return new Outcome.Made();
    } catch (StoreException e) {
      return new Outcome.NotMade(Objects.requireNonNullElse(e.getMessage(), "refused"));
    }
  }
}
