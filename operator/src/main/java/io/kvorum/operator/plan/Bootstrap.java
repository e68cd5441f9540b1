package io.kvorum.operator.plan;

import java.util.Optional;

/// Forms the cluster, with one member. It is a phase of the cluster, passed once: all others join.
final class Bootstrap {

  private Bootstrap() {}

  static Optional<Step> form(Situation s) {
    if (s.latches().bootstrapped()) {
      return Optional.empty();
    }
    Optional<Member> seed = s.observed().members().stream().filter(Member::seed).findFirst();
    return Optional.of(seed.map(member -> start(s, member)).orElseGet(() -> announce(s)));
  }

  private static Step announce(Situation s) {
    if (!s.observed().leftovers().volumes().isEmpty()) {
      return new Step.Wait(
          "volumes of this cluster exist and its records are gone: "
              + String.join(", ", s.observed().leftovers().volumes()));
    }
    Optional<Latches.Operation> begun =
        s.operation().filter(o -> o.kind() == Latches.Kind.BOOTSTRAP_CLUSTER);
    if (begun.isEmpty()) {
      int serial = s.nextSerial();
      String name = s.naming().member(serial);
      return new Step.SaveLatches(
          s.latches()
              .allocate(serial)
              .begin(
                  Latches.Kind.BOOTSTRAP_CLUSTER, name, s.observed().now(), "there is no cluster"),
          "BootstrapCluster begins with " + name);
    }
    String name = begun.get().target();
    return new Step.CreateRecord(
        name,
        s.naming().serial(name).orElseThrow(),
        true,
        s.naming().peerUrl(name, s.desired().peerScheme()),
        "the cluster is formed with it");
  }

  private static Step start(Situation s, Member seed) {
    boolean volumeKnown = seed.volume() instanceof Reading.Known<VolumeState>;
    if (!volumeKnown) {
      return new Step.Wait("the volume of " + seed.name() + " is unknown");
    }
    if (seed.record().volumeUid() == null) {
      return new Step.CreateVolume(seed.name(), "its data needs a place");
    }
    if (!Repairs.dataIsThere(seed)) {
      return startAgain(s, seed);
    }
    return switch (seed.pod()) {
      case PodState.Absent() ->
          Repairs.createPod(
              s, seed, Step.StartsAs.TOLD_BY_CONFIG_MAP, "the cluster is formed with it");
      case PodState.Present pod -> await(s, seed, pod);
    };
  }

  /// Nobody was told yet that there is a cluster, so nothing is lost with the first volume.
  private static Step startAgain(Situation s, Member seed) {
    if (s.operation().isPresent()) {
      return new Step.SaveLatches(
          s.latches().finished(), seed.name() + " lost its volume before the cluster was formed");
    }
    return Records.clearAway(seed, false, "it lost its volume before the cluster was formed");
  }

  private static Step await(Situation s, Member seed, PodState.Present pod) {
    boolean down = !seed.answers() && !pod.ready() && !pod.terminating();
    if (down && (pod.life() == PodState.Life.FINISHED || s.outdated(seed, pod))) {
      return new Step.DeletePod(seed.name(), pod.uid(), "there is a newer template to try");
    }
    return new Step.Wait(seed.name() + " starts and forms the cluster");
  }
}
