package io.kvorum.operator.plan;

import io.kvorum.operator.plan.FakeKubernetes.Pod;
import io.kvorum.operator.plan.FakeKubernetes.Volume;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A world in which replies are lost, operators stop before and after their effects, caches are
/// old, a second operator acts on what it saw a while ago, and an owner and the hardware do what
/// they like, short of destroying the data of a quorum. Then all that ends, and the world has to
/// become what is desired.
final class FaultyWorld {

  private static final int TURBULENT_PASSES = 150;
  private static final int CALM_PASSES = 2_000;
  private static final int CACHE_DEPTH = 5;

  private final RandomGenerator random;
  private final BiFunction<Desired, Observed, Step> planner;
  private final World world;
  private final Deque<Seen> cache = new ArrayDeque<>();
  private final double faultRate;
  private int template = 1;
  private @Nullable Decided zombie;

  private record Seen(Observed observed, long version) {}

  private record Decided(Step step, long version) {}

  FaultyWorld(RandomGenerator random, BiFunction<Desired, Observed, Step> planner) {
    this.random = random;
    this.planner = planner;
    this.world = new World(World.desired(1 + 2 * random.nextInt(3)), random.nextBoolean());
    this.faultRate = random.nextDouble() * 0.15;
  }

  void run() {
    for (int pass = 0; pass < TURBULENT_PASSES; pass++) {
      if (random.nextDouble() < faultRate) {
        disturb();
      }
      turbulentPass();
      world.tick(Duration.ofMillis(random.nextInt(100, random.nextInt(10) == 0 ? 60_000 : 3_000)));
    }
    calmDown();
  }

  private void calmDown() {
    if (world.desired.replicas() == 0) {
      world.scale(3);
    }
    String last = "";
    for (int pass = 0; pass < CALM_PASSES; pass++) {
      Step step = planner.apply(world.desired, world.observe());
      last = StepText.of(step);
      boolean refused = !perform(step, world.kubernetes.latchesVersion);
      if (step instanceof Step.Done && world.converged()) {
        requireRest();
        return;
      }
      boolean idle = refused || step instanceof Step.Wait || step instanceof Step.Done;
      world.tick(Duration.ofMillis(idle ? 20_000 : 100));
    }
    throw new AssertionError(
        "not as desired after %s; last step: %s; list: %s; seen: %s"
            .formatted(world.now, last, world.store.entries(), world.observe()));
  }

  /// A cluster that is as desired costs no writes.
  private void requireRest() {
    for (int pass = 0; pass < 10; pass++) {
      world.tick(Duration.ofMinutes(1));
      Step step = planner.apply(world.desired, world.observe());
      if (!(step instanceof Step.Done)) {
        throw new AssertionError("at rest, yet " + StepText.of(step));
      }
    }
  }

  private void turbulentPass() {
    Observed fresh = world.observe();
    cache.addLast(new Seen(fresh, world.kubernetes.latchesVersion));
    if (cache.size() > CACHE_DEPTH) {
      cache.removeFirst();
    }
    Seen seen = random.nextInt(5) == 0 ? stale(fresh) : cache.getLast();
    Observed observed = random.nextInt(20) == 0 ? withoutList(seen.observed()) : seen.observed();
    Step step = planner.apply(world.desired, observed);
    if (random.nextInt(10) == 0) {
      zombie = new Decided(step, seen.version());
      return;
    }
    perform(step, seen.version());
    if (zombie != null && random.nextInt(4) == 0) {
      if (!(zombie.step() instanceof Step.DeletePod)) {
        performLate(zombie);
      }
      zombie = null;
    }
  }

  /// Caches of Kubernetes are old; the store and its members, and the absence of a volume, are
  /// asked anew.
  private Seen stale(Observed fresh) {
    Seen old = cache.getFirst();
    var members = new ArrayList<Member>();
    for (Member member : old.observed().members()) {
      Member now =
          fresh.members().stream()
              .filter(m -> m.name().equals(member.name()))
              .findFirst()
              .orElse(null);
      members.add(
          new Member(
              member.name(),
              member.serial(),
              member.seed(),
              member.createdAt(),
              member.record(),
              member.pod(),
              freshVolume(member, now),
              now == null ? new Health.Silent("gone") : now.health()));
    }
    Observed o = old.observed();
    return new Seen(
        new Observed(
            fresh.now(),
            o.latches(),
            o.supports(),
            members,
            fresh.membership(),
            fresh.clusterId(),
            o.leftovers()),
        old.version());
  }

  private static Reading<VolumeState> freshVolume(Member old, @Nullable Member now) {
    boolean absent = old.volume() instanceof Reading.Known<VolumeState>(VolumeState.Absent _);
    return absent && now != null ? now.volume() : old.volume();
  }

  private static Observed withoutList(Observed o) {
    return new Observed(
        o.now(),
        o.latches(),
        o.supports(),
        o.members(),
        new Reading.Unknown<>("the call timed out"),
        o.clusterId(),
        o.leftovers());
  }

  /// True if the step was not refused.
  private boolean perform(Step step, long version) {
    try {
      world.performInTime(step, version);
      return true;
    } catch (FakeStore.Refused _) {
      return false;
    }
  }

  private void performLate(Decided decided) {
    try {
      world.perform(decided.step(), decided.version());
    } catch (FakeStore.Refused _) {
      // The late operator finds the same walls as the one in time.
    }
  }

  private void disturb() {
    switch (random.nextInt(10)) {
      case 0, 1 -> world.scale(random.nextInt(20) == 0 ? 0 : random.nextInt(1, 6));
      case 2 -> pick(world.kubernetes.pods).ifPresent(p -> world.stop(p, 137));
      case 3 -> deletePod();
      case 4 -> deletePodAndVolume();
      case 5 -> wipe();
      case 6 -> nodeDown();
      case 7 -> world.kubernetes.deadNodes.clear();
      case 8 -> world.kubernetes.pods.values().forEach(p -> world.stop(p, 137));
      default -> renew();
    }
  }

  private <T> java.util.Optional<T> pick(java.util.SortedMap<String, T> from) {
    var values = List.copyOf(from.values());
    return values.isEmpty()
        ? java.util.Optional.empty()
        : java.util.Optional.of(values.get(random.nextInt(values.size())));
  }

  private void renew() {
    template++;
    world.use(
        random.nextInt(3) == 0 ? Scheme.HTTPS : world.desired.peerScheme(),
        new Desired.Templates("t" + template, "t" + template + "s"));
  }

  private void deletePod() {
    pick(world.kubernetes.pods)
        .ifPresent(p -> {
          p.terminating = true;
          p.running = false;
          p.finished = random.nextBoolean();
        });
  }

  private void deletePodAndVolume() {
    String name = pickName();
    if (!name.isEmpty() && quorumKeepsData(List.of(name))) {
      Pod pod = world.kubernetes.pods.get(name);
      if (pod != null) {
        pod.terminating = true;
        pod.running = false;
      }
      Objects.requireNonNull(world.kubernetes.volumes.get(name)).terminating = true;
    }
  }

  private void wipe() {
    String name = pickName();
    if (!name.isEmpty() && quorumKeepsData(List.of(name))) {
      Objects.requireNonNull(world.kubernetes.volumes.get(name)).identity = null;
    }
  }

  private void nodeDown() {
    int node = random.nextInt(5);
    var there = new ArrayList<String>();
    world.kubernetes.volumes.forEach((name, volume) -> {
      if (volume.node == node) {
        there.add(name);
      }
    });
    if (world.kubernetes.deadNodes.size() < 2 && quorumKeepsData(there)) {
      world.kubernetes.deadNodes.put(node, world.now);
      world.kubernetes.pods.values().stream()
          .filter(pod -> pod.node == node)
          .forEach(pod -> pod.running = false);
    }
  }

  private String pickName() {
    var names = List.copyOf(world.kubernetes.volumes.keySet());
    return names.isEmpty() ? "" : names.get(random.nextInt(names.size()));
  }

  /// Whether enough voters keep their data, on nodes that live, without these.
  private boolean quorumKeepsData(List<String> without) {
    if (!world.store.formed()) {
      return false;
    }
    long intact = 0;
    for (var named : world.kubernetes.volumes.entrySet()) {
      Volume v = named.getValue();
      boolean voter =
          v.identity != null && world.store.byId(v.identity).filter(e -> !e.learner()).isPresent();
      boolean there = !v.terminating && !world.kubernetes.deadNodes.containsKey(v.node);
      if (voter && there && !without.contains(named.getKey())) {
        intact++;
      }
    }
    return intact >= Situation.quorum(world.store.voters().size());
  }
}
