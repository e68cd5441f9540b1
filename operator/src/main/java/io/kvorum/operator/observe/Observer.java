package io.kvorum.operator.observe;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kvorum.crds.StoreCluster;
import io.kvorum.crds.StoreMember;
import io.kvorum.crds.TlsPlaneSpec;
import io.kvorum.operator.plan.Health;
import io.kvorum.operator.plan.Latches;
import io.kvorum.operator.plan.Listed;
import io.kvorum.operator.plan.Member;
import io.kvorum.operator.plan.MemberRecord;
import io.kvorum.operator.plan.Naming;
import io.kvorum.operator.plan.Observed;
import io.kvorum.operator.plan.Observed.BootstrapState;
import io.kvorum.operator.plan.PodState;
import io.kvorum.operator.plan.Reading;
import io.kvorum.operator.plan.VolumeState;
import io.kvorum.operator.pods.ClusterObjects;
import io.kvorum.operator.pods.Labels;
import io.kvorum.operator.pods.Settings;
import io.kvorum.operator.store.Endpoint;
import io.kvorum.operator.store.ListedMember;
import io.kvorum.operator.store.StoreException;
import io.kvorum.operator.store.Stores;
import io.kvorum.operator.store.Stores.StatusOutcome;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Looks at a cluster once: caches for Kubernetes, calls with deadlines for the store.
public final class Observer {

  /// Candidates for the member list that are asked before it counts as unknown.
  private static final int LIST_ATTEMPTS = 2;

  private final KubernetesClient client;
  private final ClusterState caches;
  private final Stores stores;
  private final Clock clock;

  public Observer(KubernetesClient client, ClusterState caches, Stores stores, Clock clock) {
    this.client = client;
    this.caches = caches;
    this.stores = stores;
    this.clock = clock;
  }

  public Sight observe(StoreCluster cluster, Settings settings) {
    Naming naming = settings.naming();
    Latches latches = StatusText.latches(cluster.getStatus());
    Map<String, StoreMember> records = records(settings);
    Map<String, Pod> pods = new TreeMap<>();
    for (Pod pod : caches.pods(naming.namespace(), naming.cluster())) {
      if (Labels.areOf(settings, pod.getMetadata().getLabels())) {
        pods.put(pod.getMetadata().getName(), pod);
      }
    }
    Map<String, Endpoint> endpoints = endpoints(settings, pods);
    Map<String, StatusOutcome> statuses = stores.statuses(endpoints);
    stores.keepOnly(
        "." + naming.peerService() + "." + naming.namespace() + ".svc",
        List.copyOf(endpoints.values()));

    Map<String, PersistentVolumeClaim> volumes = volumes(naming);
    var members = new ArrayList<Member>();
    for (StoreMember record : records.values()) {
      String name = record.getMetadata().getName();
      members.add(
          member(
              record,
              podState(pods.get(name)),
              volume(naming, record, volumes.get(name)),
              health(latches, statuses.get(name))));
    }
    Reading<List<ListedMember>> list = list(latches, statuses, endpoints);
    var observed =
        new Observed(
            clock.instant(),
            latches,
            supports(settings),
            members,
            listed(settings, latches, list, members),
            clusterId(statuses),
            leftovers(settings, records, pods, volumes));
    return new Sight(observed, details(pods, statuses), endpoints);
  }

  private Map<String, StoreMember> records(Settings settings) {
    var records = new LinkedHashMap<String, StoreMember>();
    caches.records(settings.naming().namespace(), settings.naming().cluster()).stream()
        .filter(r -> Labels.areOf(settings, r.getMetadata().getLabels()))
        .filter(r -> r.getMetadata().getDeletionTimestamp() == null)
        .sorted(Comparator.comparingInt(Observer::serial))
        .forEach(r -> records.put(r.getMetadata().getName(), r));
    return records;
  }

  private static int serial(StoreMember record) {
    return Objects.requireNonNullElse(record.getSpec().serial(), 0);
  }

  private Map<String, PersistentVolumeClaim> volumes(Naming naming) {
    var volumes = new TreeMap<String, PersistentVolumeClaim>();
    for (PersistentVolumeClaim volume : caches.volumes(naming.namespace(), naming.cluster())) {
      volumes.put(volume.getMetadata().getName(), volume);
    }
    return volumes;
  }

  // ---- the store

  private Map<String, Endpoint> endpoints(Settings settings, Map<String, Pod> pods) {
    var endpoints = new TreeMap<String, Endpoint>();
    Endpoint.Certificates tls = null;
    for (Pod pod : pods.values()) {
      String address = pod.getStatus() == null ? null : pod.getStatus().getPodIP();
      if (address != null && !address.isEmpty()) {
        boolean https = "https".equals(Pods.annotation(pod, Labels.CLIENT_SCHEME));
        if (https && tls == null) {
          tls = certificates(settings);
        }
        String name = pod.getMetadata().getName();
        endpoints.put(
            name,
            new Endpoint(
                address, Naming.CLIENT_PORT, settings.naming().host(name), https ? tls : null));
      }
    }
    return endpoints;
  }

  private Endpoint.@Nullable Certificates certificates(Settings settings) {
    TlsPlaneSpec plane = settings.clientTls();
    if (plane == null || plane.secretRef() == null) {
      return null;
    }
    Secret secret =
        client
            .secrets()
            .inNamespace(settings.naming().namespace())
            .withName(plane.secretRef().name())
            .get();
    if (secret == null || secret.getData() == null) {
      return null;
    }
    return new Endpoint.Certificates(
        pem(secret, "ca.crt"), pem(secret, "tls.crt"), pem(secret, "tls.key"));
  }

  private static String pem(Secret secret, String key) {
    String data = secret.getData().getOrDefault(key, "");
    return new String(Base64.getDecoder().decode(data), StandardCharsets.US_ASCII);
  }

  private static Health health(Latches latches, @Nullable StatusOutcome outcome) {
    return switch (outcome) {
      case null -> new Health.Silent("it has no Pod that could answer");
      case StatusOutcome.Silent(var why) -> new Health.Silent(why);
      case StatusOutcome.Replied(var reply) ->
          latches.clusterId() == null || latches.clusterId().equals(reply.clusterId())
              ? new Health.Up(reply.memberId(), reply.leader(), reply.learner())
              : new Health.WrongCluster(reply.clusterId());
    };
  }

  private static String clusterId(Map<String, StatusOutcome> statuses) {
    for (StatusOutcome outcome : statuses.values()) {
      if (outcome instanceof StatusOutcome.Replied(var reply) && !reply.leader().isEmpty()) {
        return reply.clusterId();
      }
    }
    return "";
  }

  /// The list from one member: the leader by its own word, or else a voter that sees one.
  private Reading<List<ListedMember>> list(
      Latches latches, Map<String, StatusOutcome> statuses, Map<String, Endpoint> endpoints) {
    var candidates = new ArrayList<String>();
    statuses.forEach((name, outcome) -> {
      if (health(latches, outcome) instanceof Health.Up up
          && !up.learner()
          && !up.leaderId().isEmpty()) {
        candidates.add(up.leaderId().equals(up.memberId()) ? 0 : candidates.size(), name);
      }
    });
    String why = "no voter answers that sees a leader";
    for (String name : candidates.subList(0, Math.min(LIST_ATTEMPTS, candidates.size()))) {
      try {
        return new Reading.Known<>(stores.members(Objects.requireNonNull(endpoints.get(name))));
      } catch (StoreException e) {
        why = Objects.requireNonNullElse(e.getMessage(), why);
      }
    }
    return new Reading.Unknown<>(why);
  }

  private Reading<List<Listed>> listed(
      Settings settings, Latches latches, Reading<List<ListedMember>> list, List<Member> members) {
    return switch (list) {
      case Reading.Unknown<List<ListedMember>>(var why) -> new Reading.Unknown<>(why);
      case Reading.Known<List<ListedMember>>(var entries) ->
          new Reading.Known<>(
              entries.stream()
                  .map(entry ->
                      new Listed(
                          entry.id(),
                          entry.name(),
                          entry.peerUrls().isEmpty() ? "" : entry.peerUrls().getFirst(),
                          entry.learner(),
                          healthOf(settings, latches, entry, members)))
                  .toList());
    };
  }

  /// Of a member somebody else added: asked where it says clients find it.
  private Health healthOf(
      Settings settings, Latches latches, ListedMember entry, List<Member> members) {
    boolean own =
        members.stream()
            .anyMatch(m ->
                entry.id().equals(m.record().memberId())
                    || entry.peerUrls().stream()
                        .anyMatch(u -> settings.naming().isPeerUrlOf(m.name(), u)));
    if (own || entry.clientUrls().isEmpty()) {
      return new Health.Silent("it published no client URL");
    }
    URI url = URI.create(entry.clientUrls().getFirst());
    boolean https = "https".equals(url.getScheme());
    var endpoint =
        new Endpoint(
            Objects.requireNonNullElse(url.getHost(), ""),
            url.getPort(),
            Objects.requireNonNullElse(url.getHost(), ""),
            https ? certificates(settings) : null);
    return health(latches, stores.statuses(Map.of(entry.id(), endpoint)).get(entry.id()));
  }

  // ---- Kubernetes

  private static Member member(
      StoreMember stored, PodState pod, Reading<VolumeState> volume, Health health) {
    String created = stored.getMetadata().getCreationTimestamp();
    return new Member(
        stored.getMetadata().getName(),
        serial(stored),
        Boolean.TRUE.equals(stored.getSpec().seed()),
        created == null ? Instant.EPOCH : Instant.parse(created),
        StatusText.record(stored),
        pod,
        volume,
        health);
  }

  private PodState podState(@Nullable Pod pod) {
    if (pod == null) {
      return new PodState.Absent();
    }
    String node = pod.getSpec() == null ? null : pod.getSpec().getNodeName();
    return Pods.state(pod, node == null ? Optional.empty() : caches.node(node));
  }

  /// A volume that a member was known by and that the cache does not show is asked for once more: a
  /// cache may be behind, and a member whose volume is gone is given up.
  private Reading<VolumeState> volume(
      Naming naming, StoreMember record, @Nullable PersistentVolumeClaim cached) {
    MemberRecord known = StatusText.record(record);
    if (cached != null) {
      return new Reading.Known<>(volumeState(cached));
    }
    boolean mayBeNew =
        known.volumeUid() == null
            && known.phase() != MemberRecord.Phase.VOTER
            && known.phase() != MemberRecord.Phase.SUSPECT;
    if (mayBeNew) {
      return new Reading.Known<>(new VolumeState.Absent());
    }
    try {
      PersistentVolumeClaim there =
          client
              .persistentVolumeClaims()
              .inNamespace(naming.namespace())
              .withName(record.getMetadata().getName())
              .get();
      return new Reading.Known<>(there == null ? new VolumeState.Absent() : volumeState(there));
    } catch (KubernetesClientException e) {
      return new Reading.Unknown<>("reading the volume claim: " + e.getMessage());
    }
  }

  private static VolumeState volumeState(PersistentVolumeClaim claim) {
    String phase = claim.getStatus() == null ? "" : claim.getStatus().getPhase();
    var requests = claim.getSpec().getResources().getRequests();
    var size = requests == null ? null : requests.get("storage");
    return new VolumeState.Present(
        claim.getMetadata().getUid(),
        claim.getMetadata().getDeletionTimestamp() != null,
        "Lost".equals(phase),
        size == null ? 0 : Settings.bytes(size.toString()));
  }

  private Observed.Supports supports(Settings settings) {
    Naming naming = settings.naming();
    String namespace = naming.namespace();
    return new Observed.Supports(
        caches
            .service(namespace, naming.peerService())
            .filter(s -> ClusterObjects.isCurrent(s, ClusterObjects.peerService(settings)))
            .isPresent(),
        caches
            .service(namespace, naming.clientService())
            .filter(s -> ClusterObjects.isCurrent(s, ClusterObjects.clientService(settings)))
            .isPresent(),
        caches
            .disruptionBudget(namespace, naming.cluster())
            .filter(b -> b.getSpec() != null && b.getSpec().getMinAvailable() != null)
            .map(b -> b.getSpec().getMinAvailable().getIntVal())
            .map(min -> min == null ? OptionalInt.empty() : OptionalInt.of(min))
            .orElse(OptionalInt.empty()),
        caches
            .configMap(namespace, naming.bootstrapState())
            .filter(m -> Labels.areOf(settings, m.getMetadata().getLabels()))
            .map(Observer::bootstrapState)
            .orElse(BootstrapState.ABSENT));
  }

  private static BootstrapState bootstrapState(ConfigMap map) {
    String state =
        map.getData() == null ? "" : map.getData().getOrDefault("initial-cluster-state", "");
    return state.equals("new") ? BootstrapState.NEW : BootstrapState.EXISTING;
  }

  private static Observed.Leftovers leftovers(
      Settings settings,
      Map<String, StoreMember> records,
      Map<String, Pod> pods,
      Map<String, PersistentVolumeClaim> volumes) {
    var strays = new ArrayList<Observed.Stray>();
    pods.forEach((name, pod) -> {
      if (!records.containsKey(name)) {
        strays.add(
            new Observed.Stray(
                name,
                pod.getMetadata().getUid(),
                pod.getMetadata().getDeletionTimestamp() != null));
      }
    });
    var orphans = new ArrayList<String>();
    int highest = 0;
    for (var volume : volumes.entrySet()) {
      highest = Math.max(highest, settings.naming().serial(volume.getKey()).orElse(0));
      if (!records.containsKey(volume.getKey())
          && Labels.areOf(settings, volume.getValue().getMetadata().getLabels())) {
        orphans.add(volume.getKey());
      }
    }
    return new Observed.Leftovers(strays, orphans, highest);
  }

  private static Map<String, Sight.Details> details(
      Map<String, Pod> pods, Map<String, StatusOutcome> statuses) {
    var details = new TreeMap<String, Sight.Details>();
    pods.forEach((name, pod) -> {
      boolean replied = statuses.get(name) instanceof StatusOutcome.Replied;
      var reply =
          replied
              ? ((StatusOutcome.Replied) Objects.requireNonNull(statuses.get(name))).reply()
              : null;
      details.put(
          name,
          new Sight.Details(
              Objects.requireNonNullElse(pod.getSpec().getNodeName(), ""),
              Pods.version(pod),
              reply == null ? 0 : reply.dbSize(),
              reply == null ? List.of() : reply.errors()));
    });
    return details;
  }
}
