package io.kvorum.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.kvorum.crds.StoreCluster;
import io.kvorum.crds.StoreClusterStatus;
import io.kvorum.operator.act.Actor;
import io.kvorum.operator.act.Events;
import io.kvorum.operator.act.Outcome;
import io.kvorum.operator.observe.Observer;
import io.kvorum.operator.observe.Sight;
import io.kvorum.operator.plan.Planner;
import io.kvorum.operator.plan.Step;
import io.kvorum.operator.pods.Settings;
import io.kvorum.operator.status.Report;
import io.kvorum.operator.store.Stores;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One pass over a cluster: look, decide, do one thing, report.
@ControllerConfiguration(name = "storecluster", fieldManager = Actor.FIELD_MANAGER)
final class ClusterReconciler implements Reconciler<StoreCluster> {

  private static final Logger LOG = LoggerFactory.getLogger(ClusterReconciler.class);

  /// After a write there is more to do.
  private static final Duration AFTER_A_WRITE = Duration.ofMillis(50);

  /// What is waited for is seen soon after it comes.
  private static final Duration WHILE_WAITING = Duration.ofSeconds(1);

  /// The store refuses changes for some seconds after others, by design.
  private static final Duration AFTER_A_REFUSAL = Duration.ofSeconds(2);

  /// A member that hangs sends no event: this finds it.
  private static final Duration AT_REST = Duration.ofSeconds(5);

  private final KubernetesClient client;
  private final Informers informers = new Informers();
  private final Observer observer;
  private final Actor actor;
  private final Events events;

  /// What was written last, for the time until the watch shows it.
  private final Map<ResourceID, StoreCluster> written = new ConcurrentHashMap<>();

  private final Map<ResourceID, String> logged = new ConcurrentHashMap<>();

  ClusterReconciler(KubernetesClient client, Stores stores, String identity) {
    this.client = client;
    this.observer = new Observer(client, informers, stores, Clock.systemUTC());
    this.actor = new Actor(client, stores, informers);
    this.events = new Events(client, identity);
  }

  @Override
  public List<EventSource<?, StoreCluster>> prepareEventSources(
      EventSourceContext<StoreCluster> context) {
    return informers.start(context);
  }

  @Override
  public UpdateControl<StoreCluster> reconcile(StoreCluster cached, Context<StoreCluster> context) {
    ResourceID id = ResourceID.fromResource(cached);
    StoreCluster cluster = newest(id, cached);
    if (cluster.getMetadata().getDeletionTimestamp() != null) {
      written.remove(id);
      logged.remove(id);
      return UpdateControl.noUpdate();
    }
    Settings settings = Settings.of(cluster);
    Sight sight = observer.observe(cluster, settings);
    Step step = Planner.next(settings.desired(), sight.observed());
    StoreClusterStatus before = cluster.getStatus();
    Outcome outcome = actor.perform(settings, sight, step);
    var taken = new Report.Taken(step, outcome instanceof Outcome.NotMade(String why) ? why : "");
    StoreClusterStatus status =
        Report.of(settings, sight, taken, cluster.getMetadata().getGeneration(), before);
    log(id, step, outcome);
    events.tell(cluster, step, outcome);
    boolean saved = status.equals(before) || save(id, cluster, status);
    return UpdateControl.<StoreCluster>noUpdate().rescheduleAfter(pause(step, outcome, saved));
  }

  private StoreCluster newest(ResourceID id, StoreCluster cached) {
    StoreCluster last = written.get(id);
    if (last == null || !last.getMetadata().getUid().equals(cached.getMetadata().getUid())) {
      return cached;
    }
    return version(last) > version(cached) ? last : cached;
  }

  private static long version(StoreCluster cluster) {
    return Long.parseLong(cluster.getMetadata().getResourceVersion());
  }

  /// Conditioned on the version the step was decided on: who decided on an older one writes
  /// nothing.
  private boolean save(ResourceID id, StoreCluster cluster, StoreClusterStatus status) {
    var changed = new StoreCluster();
    changed.setMetadata(cluster.getMetadata());
    changed.setSpec(cluster.getSpec());
    changed.setStatus(status);
    try {
      written.put(id, client.resource(changed).updateStatus());
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT
          || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        written.remove(id);
        return false;
      }
      throw e;
    }
  }

  private static Duration pause(Step step, Outcome outcome, boolean saved) {
    if (!saved) {
      return WHILE_WAITING;
    }
    return switch (outcome) {
      case Outcome.Made _ -> AFTER_A_WRITE;
      case Outcome.NotMade _ -> AFTER_A_REFUSAL;
      case Outcome.Nothing _ ->
          step instanceof Step.SaveLatches
              ? AFTER_A_WRITE
              : step instanceof Step.Done ? AT_REST : WHILE_WAITING;
    };
  }

  /// One line for each step; a wait is told once.
  private void log(ResourceID id, Step step, Outcome outcome) {
    String text = step.getClass().getSimpleName() + ": " + step.reason();
    String result = outcome instanceof Outcome.NotMade(String why) ? "; not made: " + why : "";
    boolean quiet = step instanceof Step.Wait || step instanceof Step.Done || !result.isEmpty();
    if (!(text + result).equals(logged.put(id, text + result)) || !quiet) {
      LOG.info(
          "{}/{} {}{}", id.getNamespace().orElse(""), id.getName(), subject(step) + text, result);
    }
  }

  private static String subject(Step step) {
    String member = Events.member(step);
    return member.isEmpty() ? "" : member + " ";
  }
}
