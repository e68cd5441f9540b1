package io.kvorum.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kvorum.crds.StoreCluster;
import io.kvorum.operator.observe.Sight;
import io.kvorum.operator.plan.Health;
import io.kvorum.operator.plan.Latches;
import io.kvorum.operator.plan.Listed;
import io.kvorum.operator.plan.Member;
import io.kvorum.operator.plan.MemberRecord;
import io.kvorum.operator.plan.Observed;
import io.kvorum.operator.plan.PodState;
import io.kvorum.operator.plan.PodState.Trouble;
import io.kvorum.operator.plan.Reading;
import io.kvorum.operator.plan.Step;
import io.kvorum.operator.plan.VolumeState;
import io.kvorum.operator.pods.Settings;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A voter that is well, and a learner beside it.
final class ReportTest {

  private static final Settings SETTINGS =
      Settings.of(
          Serialization.unmarshal(
              """
              metadata: {name: demo, namespace: default, uid: 7b1e0a52-0000-4000-8000-000000000001}
              spec: {replicas: 2}
              """,
              StoreCluster.class));

  @Test
  void degraded_staysFalse_whileLearnerTakesItsTime() {
    assertThat(degraded(0, Trouble.NONE)).isEqualTo("False AllWell ");
  }

  @Test
  void degraded_names_learnerWhoseContainerEndsAgainAndAgain() {
    assertThat(degraded(2, Trouble.NONE))
        .isEqualTo(
            "True Restarting Pod demo-2: the learner does not start; kubectl logs demo-2 tells why");
  }

  @Test
  void degraded_names_learnerWithoutImage() {
    assertThat(degraded(0, Trouble.IMAGE)).startsWith("True ImagePull Pod demo-2: ");
  }

  private static String degraded(int restarts, Trouble trouble) {
    var up = new Health.Up("1", "1", false);
    var silent = new Health.Silent("refused");
    var members =
        List.of(
            member(1, MemberRecord.Phase.VOTER, pod(0, Trouble.NONE), up),
            member(2, MemberRecord.Phase.LEARNER, pod(restarts, trouble), silent));
    var list =
        List.of(
            new Listed("1", "demo-1", url(1), false, up),
            new Listed("2", "", url(2), true, silent));
    var observed =
        new Observed(
            Instant.EPOCH,
            new Latches(true, "c1", 2, null, null, 0),
            new Observed.Supports(true, true, OptionalInt.of(2), Observed.BootstrapState.EXISTING),
            members,
            new Reading.Known<>(list),
            "c1",
            Observed.Leftovers.NONE);
    var status =
        Report.of(
            SETTINGS,
            new Sight(observed, Map.of(), Map.of()),
            new Report.Taken(new Step.Wait("demo-2 starts as a learner"), ""),
            1L,
            null);
    Condition degraded =
        Objects.requireNonNull(status.conditions()).stream()
            .filter(condition -> condition.getType().equals("Degraded"))
            .findFirst()
            .orElseThrow();
    return "%s %s %s".formatted(degraded.getStatus(), degraded.getReason(), degraded.getMessage());
  }

  private static Member member(int serial, MemberRecord.Phase phase, PodState pod, Health health) {
    return new Member(
        "demo-" + serial,
        serial,
        serial == 1,
        Instant.EPOCH,
        new MemberRecord(phase, url(serial), "" + serial, "v", null, ""),
        pod,
        new Reading.Known<>(new VolumeState.Present("v", false, false, 100)),
        health);
  }

  private static PodState pod(int restarts, Trouble trouble) {
    return new PodState.Present(
        "u",
        false,
        PodState.Life.RUNNING,
        restarts == 0 && trouble == Trouble.NONE,
        "t",
        PodState.Role.VOTER,
        PodState.NodeState.READY,
        trouble,
        restarts,
        OptionalInt.empty(),
        Set.of(url(1), url(2)));
  }

  private static String url(int serial) {
    return SETTINGS.naming().peerUrl("demo-" + serial, SETTINGS.desired().peerScheme());
  }
}
