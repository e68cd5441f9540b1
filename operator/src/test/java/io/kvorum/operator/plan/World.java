package io.kvorum.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.operator.plan.FakeKubernetes.Pod;
import io.kvorum.operator.plan.FakeKubernetes.Recorded;
import io.kvorum.operator.plan.FakeKubernetes.Volume;
import io.kvorum.operator.plan.Observed.BootstrapState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/// A Kubernetes and a store in one thread under one clock, in which steps have their effects.
///
/// Invariants, checked at each effect: one cluster for life; no name used twice; at most one
/// learner; a membership change leaves a quorum of well voters where there was one; a Pod is taken
/// from a well voter only while the others are a quorum; a volume is deleted only after its member
/// left the list.
final class World {

  static final Duration CONNECTED_AFTER = Duration.ofSeconds(5);

  final FakeKubernetes kubernetes = new FakeKubernetes();
  final FakeStore store = new FakeStore();
  private final Set<String> namesUsed = new HashSet<>();
  private final boolean oldRule;
  Desired desired;
  Instant now = Instant.EPOCH;

  World(Desired desired, boolean oldRule) {
    this.desired = desired;
    this.oldRule = oldRule;
  }

  static Desired desired(int replicas) {
    return new Desired(
        new Naming("demo", "default"),
        replicas,
        false,
        Scheme.HTTP,
        new Desired.Templates("t1", "t1s"),
        100,
        new Desired.Retention(false, false),
        new Desired.FailurePolicy(true, Duration.ofMinutes(5), true, 5, Duration.ofMinutes(10)));
  }

  void scale(int replicas) {
    desired =
        new Desired(
            desired.naming(),
            replicas,
            desired.paused(),
            desired.peerScheme(),
            desired.templates(),
            desired.volumeBytes(),
            desired.retention(),
            desired.failurePolicy());
  }

  void use(Scheme scheme, Desired.Templates templates) {
    desired =
        new Desired(
            desired.naming(),
            desired.replicas(),
            desired.paused(),
            scheme,
            templates,
            desired.volumeBytes(),
            desired.retention(),
            desired.failurePolicy());
  }

  // ---- what moves by itself

  void tick(Duration time) {
    now = now.plus(time);
    kubernetes.tick(now);
    kubernetes.pods.forEach(this::run);
    store.elect(runningVoters(Duration.ZERO));
  }

  private void run(String name, Pod pod) {
    Volume volume = kubernetes.volumes.get(name);
    if (pod.running && (volume == null || volume.identity == null)) {
      stop(pod, 1);
    }
    if (pod.running || pod.finished || pod.terminating || !kubernetes.nodeAlive(pod)) {
      return;
    }
    if (volume != null && !now.isBefore(pod.next)) {
      start(name, pod, volume);
    }
  }

  private void start(String name, Pod pod, Volume volume) {
    if (volume.identity == null && !takeIdentity(name, pod, volume)) {
      return;
    }
    String identity = volume.identity;
    if (identity != null && store.wasRemoved(identity)) {
      stop(pod, 65);
      return;
    }
    pod.running = true;
    pod.runningSince = now;
    pod.restarts = 0;
    pod.exitCode = OptionalInt.empty();
  }

  private boolean takeIdentity(String name, Pod pod, Volume volume) {
    String url = desired.naming().peerUrl(name, pod.scheme);
    boolean forms =
        pod.startsAs == Step.StartsAs.TOLD_BY_CONFIG_MAP
            && kubernetes.bootstrapState == BootstrapState.NEW;
    if (forms) {
      store.form(url);
      volume.identity = store.byUrl(url).orElseThrow().id();
      return true;
    }
    var entry = store.byUrl(url);
    if (entry.isEmpty() || store.leader() == null) {
      stop(pod, 1);
      return false;
    }
    if (entry.get().started()) {
      stop(pod, Diagnosis.EXIT_IDENTITY_LOST);
      return false;
    }
    if (!store.entries().stream()
        .map(FakeStore.Entry::url)
        .collect(Collectors.toSet())
        .equals(pod.initialPeerUrls)) {
      stop(pod, 1);
      return false;
    }
    store.started(entry.get().id());
    volume.identity = entry.get().id();
    return true;
  }

  void stop(Pod pod, int exitCode) {
    pod.running = false;
    pod.restarts++;
    pod.exitCode = OptionalInt.of(exitCode);
    pod.next = now.plusSeconds(Math.min(300, 1L << Math.min(8, pod.restarts)));
  }

  private boolean runs(String name) {
    Pod pod = kubernetes.pods.get(name);
    return pod != null && pod.running && !pod.terminating;
  }

  private List<String> runningVoters(Duration since) {
    var ids = new ArrayList<String>();
    for (var named : kubernetes.volumes.entrySet()) {
      String id = named.getValue().identity;
      Pod pod = kubernetes.pods.get(named.getKey());
      if (id != null
          && pod != null
          && runs(named.getKey())
          && !pod.runningSince.plus(since).isAfter(now)
          && store.byId(id).filter(e -> !e.learner()).isPresent()) {
        ids.add(id);
      }
    }
    return ids;
  }

  boolean quorumIsWell() {
    return !store.voters().isEmpty()
        && runningVoters(Duration.ZERO).size() >= Situation.quorum(store.voters().size());
  }

  int silentVoters() {
    return store.voters().size() - runningVoters(Duration.ZERO).size();
  }

  String url(String name) {
    return store.entries().stream()
        .map(FakeStore.Entry::url)
        .filter(u -> desired.naming().isPeerUrlOf(name, u))
        .findFirst()
        .orElse(desired.naming().peerUrl(name, desired.peerScheme()));
  }

  // ---- what is seen

  Observed observe() {
    var members = new ArrayList<Member>();
    kubernetes.records.entrySet().stream()
        .sorted((a, b) -> Integer.compare(a.getValue().serial(), b.getValue().serial()))
        .forEach(named -> members.add(member(named.getKey(), named.getValue())));
    Reading<List<Listed>> list =
        store.leader() == null
            ? new Reading.Unknown<>("no member answers a linearizable read")
            : new Reading.Known<>(store.entries().stream().map(this::listed).toList());
    return new Observed(
        now,
        kubernetes.latches,
        new Observed.Supports(
            kubernetes.peerService,
            kubernetes.clientService,
            kubernetes.budget,
            kubernetes.bootstrapState),
        members,
        list,
        "c1",
        leftovers());
  }

  private Listed listed(FakeStore.Entry e) {
    int serial = desired.naming().serialOfPeerUrl(e.url()).orElse(0);
    String name = desired.naming().member(serial);
    return new Listed(e.id(), e.started() ? name : "", e.url(), e.learner(), health(name));
  }

  private Observed.Leftovers leftovers() {
    var strays = new ArrayList<Observed.Stray>();
    kubernetes.pods.forEach((name, pod) -> {
      if (!kubernetes.records.containsKey(name)) {
        strays.add(new Observed.Stray(name, pod.uid, pod.terminating));
      }
    });
    int highest = 0;
    var orphans = new ArrayList<String>();
    for (String name : kubernetes.volumes.keySet()) {
      highest = Math.max(highest, desired.naming().serial(name).orElseThrow());
      if (!kubernetes.records.containsKey(name)) {
        orphans.add(name);
      }
    }
    return new Observed.Leftovers(strays, orphans, highest);
  }

  private Member member(String name, Recorded recorded) {
    return new Member(
        name,
        recorded.serial(),
        recorded.seed(),
        recorded.createdAt(),
        recorded.record(),
        podState(name),
        new Reading.Known<>(volumeState(name)),
        health(name));
  }

  private VolumeState volumeState(String name) {
    Volume volume = kubernetes.volumes.get(name);
    return volume == null
        ? new VolumeState.Absent()
        : new VolumeState.Present(volume.uid, volume.terminating, false, volume.bytes);
  }

  private PodState podState(String name) {
    Pod pod = kubernetes.pods.get(name);
    if (pod == null) {
      return new PodState.Absent();
    }
    PodState.Life life =
        pod.finished
            ? PodState.Life.FINISHED
            : pod.node < 0 ? PodState.Life.PENDING : PodState.Life.RUNNING;
    return new PodState.Present(
        pod.uid,
        pod.terminating,
        life,
        pod.running && store.leader() != null,
        pod.template,
        pod.role,
        kubernetes.node(pod, now),
        pod.trouble,
        pod.restarts,
        pod.exitCode,
        pod.initialPeerUrls);
  }

  private Health health(String name) {
    Volume volume = kubernetes.volumes.get(name);
    if (!runs(name) || volume == null || volume.identity == null) {
      return new Health.Silent("connection refused");
    }
    String id = volume.identity;
    boolean learner = store.byId(id).map(FakeStore.Entry::learner).orElse(false);
    String leader = store.leader();
    return new Health.Up(id, leader == null ? "" : leader, learner);
  }

  // ---- what is done

  /// Carries out a step decided on an observation of that latches version, perhaps a while ago.
  void perform(Step step, long latchesVersion) {
    boolean quorumBefore = quorumIsWell();
    switch (step) {
      case Step.ApplySupport support -> apply(support);
      case Step.SaveLatches(Latches latches, var _) -> save(latches, latchesVersion);
      case Step.CreateRecord create -> create(create);
      case Step.SaveRecord(var name, var record, var _) ->
          kubernetes.records.computeIfPresent(
              name, (_, old) -> new Recorded(old.serial(), old.seed(), old.createdAt(), record));
      case Step.DeleteRecord(var name, var _) -> kubernetes.records.remove(name);
      case Step.CreateVolume(var name, var _) ->
          kubernetes.volumes.computeIfAbsent(
              name, _ -> new Volume(kubernetes.newUid(), desired.volumeBytes()));
      case Step.GrowVolume(var name, var bytes, var _) ->
          kubernetes.volumes.values().stream()
              .filter(volume -> kubernetes.volumes.get(name) == volume)
              .forEach(volume -> volume.bytes = bytes);
      case Step.DeleteVolume(var name, var uid, var _) -> deleteVolume(name, uid);
      case Step.CreatePod create -> create(create);
      case Step.DeletePod(var name, var uid, var _) -> deletePod(name, uid);
      case Step.LabelPod(var name, var uid, var role, var _) -> label(name, uid, role);
      case Step.AddLearner(var _, var url, var _) -> addLearner(url);
      case Step.Promote(var _, var id, var _) -> store.promote(id, isRunning(id));
      case Step.MoveLeader(var _, var to, var _) -> moveLeader(to);
      case Step.RemoveMember(var _, var id, var _) ->
          store.remove(id, runningVoters(Duration.ZERO));
      case Step.UpdatePeerUrl(var _, var id, var url, var _) -> store.update(id, url);
      case Step.Wait _ -> {}
      case Step.Done _ -> {}
    }
    store.elect(runningVoters(Duration.ZERO));
    check(step, quorumBefore);
  }

  /// As `perform`, by the operator that leads: it never announces a member it has no record of.
  void performInTime(Step step, long latchesVersion) {
    if (step instanceof Step.AddLearner add && !kubernetes.records.containsKey(add.member())) {
      throw new AssertionError(add.member() + " is announced without a record");
    }
    perform(step, latchesVersion);
  }

  private void check(Step step, boolean quorumBefore) {
    boolean changesMembers =
        step instanceof Step.RemoveMember
            || step instanceof Step.Promote
            || step instanceof Step.AddLearner;
    if (changesMembers && quorumBefore) {
      assertThat(quorumIsWell()).as("a quorum is well after %s", step).isTrue();
    }
    assertThat(store.entries().stream().filter(FakeStore.Entry::learner).count())
        .as("learners after %s", step)
        .isLessThanOrEqualTo(1);
  }

  private void apply(Step.ApplySupport support) {
    switch (support.what()) {
      case PEER_SERVICE -> kubernetes.peerService = true;
      case CLIENT_SERVICE -> kubernetes.clientService = true;
      case DISRUPTION_BUDGET -> kubernetes.budget = OptionalInt.of(support.value());
      case BOOTSTRAP_STATE ->
          kubernetes.bootstrapState =
              support.value() == 1 ? BootstrapState.NEW : BootstrapState.EXISTING;
    }
  }

  private void save(Latches latches, long version) {
    if (version != kubernetes.latchesVersion) {
      throw new FakeStore.Refused("409 Conflict");
    }
    assertThat(latches.bootstrapped() || !kubernetes.latches.bootstrapped())
        .as("bootstrapped stays true")
        .isTrue();
    assertThat(latches.lastSerial()).isGreaterThanOrEqualTo(kubernetes.latches.lastSerial());
    kubernetes.latches = latches;
    kubernetes.latchesVersion++;
  }

  private void create(Step.CreateRecord create) {
    if (kubernetes.records.containsKey(create.member())) {
      return;
    }
    boolean listed =
        store.entries().stream()
            .anyMatch(e -> desired.naming().isPeerUrlOf(create.member(), e.url()));
    if (!namesUsed.add(create.member()) && !listed) {
      throw new AssertionError("the name " + create.member() + " is used a second time");
    }
    kubernetes.records.put(
        create.member(),
        new Recorded(
            create.serial(), create.seed(), now, MemberRecord.announced(create.peerUrl())));
  }

  private void create(Step.CreatePod create) {
    String template = desired.templates().of(create.peerScheme());
    kubernetes.pods.computeIfAbsent(
        create.member(), _ -> new Pod(kubernetes.newUid(), template, create, now));
  }

  private void deleteVolume(String name, String uid) {
    Volume volume = kubernetes.volumes.get(name);
    if (volume != null && volume.uid.equals(uid)) {
      assertThat(volume.identity == null || store.byId(volume.identity).isEmpty())
          .as("the volume of %s is deleted after it left", name)
          .isTrue();
      volume.terminating = true;
    }
  }

  private void deletePod(String name, String uid) {
    Pod pod = kubernetes.pods.get(name);
    if (pod == null || !pod.uid.equals(uid)) {
      return;
    }
    boolean hadQuorum = quorumIsWell();
    boolean voted = runningVoters(Duration.ZERO).contains(identity(name));
    pod.terminating = true;
    pod.running = false;
    if (voted && hadQuorum && desired.replicas() > 0 && store.voters().size() > 2) {
      assertThat(quorumIsWell()).as("a quorum is well without the Pod of %s", name).isTrue();
    }
  }

  private String identity(String name) {
    Volume volume = kubernetes.volumes.get(name);
    return volume == null || volume.identity == null ? "" : volume.identity;
  }

  private boolean isRunning(String id) {
    return kubernetes.volumes.entrySet().stream()
        .anyMatch(v -> id.equals(v.getValue().identity) && runs(v.getKey()));
  }

  private void label(String name, String uid, PodState.Role role) {
    Pod pod = kubernetes.pods.get(name);
    if (pod != null && pod.uid.equals(uid)) {
      pod.role = role;
    }
  }

  private void addLearner(String url) {
    store.addLearner(url, runningVoters(CONNECTED_AFTER), oldRule);
  }

  private void moveLeader(String to) {
    if (!runningVoters(Duration.ZERO).contains(to)) {
      throw new FakeStore.Refused("etcdserver: bad leader transferee");
    }
    store.moveLeader(to);
  }

  /// Whether everything is as desired, seen from outside.
  boolean converged() {
    int replicas = desired.replicas();
    return store.voters().size() == replicas
        && store.entries().size() == replicas
        && runningVoters(Duration.ZERO).size() == replicas
        && kubernetes.records.size() == replicas
        && kubernetes.pods.values().stream().filter(p -> kubernetes.nodeAlive(p)).count()
            == replicas
        && kubernetes.latches.operation() == null
        && kubernetes.budget.equals(OptionalInt.of(Situation.quorum(replicas)))
        && kubernetes.bootstrapState == BootstrapState.EXISTING;
  }
}
