package io.kvorum.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.kvorum.crds.MemberStatus;
import io.kvorum.crds.StoreClusterStatus;
import io.kvorum.operator.observe.Sight;
import io.kvorum.operator.observe.StatusText;
import io.kvorum.operator.plan.Health;
import io.kvorum.operator.plan.Latches;
import io.kvorum.operator.plan.Listed;
import io.kvorum.operator.plan.Member;
import io.kvorum.operator.plan.Observed;
import io.kvorum.operator.plan.PodState;
import io.kvorum.operator.plan.Reading;
import io.kvorum.operator.plan.Step;
import io.kvorum.operator.plan.VolumeState;
import io.kvorum.operator.pods.Labels;
import io.kvorum.operator.pods.PodTemplate;
import io.kvorum.operator.pods.Settings;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The status of a cluster after one look.
///
/// Nothing in it changes while nothing changes: sizes are rounded, and no time stands in it but
/// that of a change. So a cluster at rest costs no writes.
public final class Report {

  private static final long MIB = 1024 * 1024;

  /// A step and, if it was refused, in whose words.
  public record Taken(Step step, String refusal) {

    String text() {
      return refusal.isEmpty() ? step.reason() : step.reason() + "; refused: " + refusal;
    }
  }

  private final Settings settings;
  private final Sight sight;
  private final Observed observed;
  private final Step step;
  private final String doing;
  private final Latches latches;
  private final @Nullable StoreClusterStatus previous;
  private final List<Listed> list;
  private final boolean listKnown;

  private Report(
      Settings settings, Sight sight, Taken taken, @Nullable StoreClusterStatus previous) {
    this.settings = settings;
    this.sight = sight;
    this.observed = sight.observed();
    this.step = taken.step();
    this.doing = taken.text();
    this.latches = step instanceof Step.SaveLatches save ? save.latches() : observed.latches();
    this.previous = previous;
    this.list =
        observed.membership() instanceof Reading.Known<List<Listed>>(var known) ? known : List.of();
    this.listKnown = observed.membership() instanceof Reading.Known<List<Listed>>;
  }

  /// `generation` is that of the spec the step was decided on.
  public static StoreClusterStatus of(
      Settings settings,
      Sight sight,
      Taken taken,
      @Nullable Long generation,
      @Nullable StoreClusterStatus previous) {
    return new Report(settings, sight, taken, previous).status(generation);
  }

  private StoreClusterStatus status(@Nullable Long generation) {
    String progress = step instanceof Step.Done ? "" : doing;
    return new StoreClusterStatus(
        generation,
        phase(),
        observed.members().size(),
        wellVoters(),
        listKnown ? voters() : kept(previous == null ? null : previous.votingMembers()),
        listKnown ? voters() / 2 + 1 : kept(previous == null ? null : previous.quorum()),
        Labels.CLUSTER + "=" + settings.naming().cluster(),
        latches.clusterId(),
        PodTemplate.token(settings),
        latches.bootstrapped(),
        latches.lastSerial(),
        leader(),
        lowestVersion(),
        observed.members().stream().map(this::member).toList(),
        StatusText.text(latches.operation(), progress),
        latches.lastOperationId(),
        StatusText.text(latches.lastReplacement()),
        alarms(),
        conditions(generation));
  }

  private static int kept(@Nullable Integer before) {
    return Objects.requireNonNullElse(before, 0);
  }

  private int voters() {
    return (int) list.stream().filter(l -> !l.learner()).count();
  }

  private int wellVoters() {
    return (int) observed.members().stream().filter(this::isWellVoter).count()
        + (int) list.stream().filter(this::isWellForeigner).count();
  }

  private boolean isWellForeigner(Listed entry) {
    return memberOf(entry) == null
        && !entry.learner()
        && entry.health() instanceof Health.Up up
        && !up.leaderId().isEmpty();
  }

  private @Nullable Member memberOf(Listed entry) {
    return observed.members().stream()
        .filter(m ->
            entry.id().equals(m.record().memberId())
                || settings.naming().isPeerUrlOf(m.name(), entry.peerUrl()))
        .findFirst()
        .orElse(null);
  }

  private boolean isWellVoter(Member member) {
    return member.health() instanceof Health.Up up && !up.learner() && !up.leaderId().isEmpty();
  }

  private boolean quorumWell() {
    return listKnown && voters() > 0 && wellVoters() >= voters() / 2 + 1;
  }

  private @Nullable String leader() {
    for (Member member : observed.members()) {
      if (member.health() instanceof Health.Up up && up.leaderId().equals(up.memberId())) {
        return member.name();
      }
    }
    return null;
  }

  private @Nullable String lowestVersion() {
    var versions = new TreeSet<String>();
    sight.details().values().forEach(details -> versions.add(details.version()));
    return versions.isEmpty() ? null : versions.first();
  }

  private MemberStatus member(Member member) {
    Sight.Details details = sight.details().getOrDefault(member.name(), Sight.Details.NONE);
    Instant down = member.record().suspectSince();
    return new MemberStatus(
        member.name(),
        member.record().memberId(),
        role(member),
        member.health() instanceof Health.Up up && !up.leaderId().isEmpty(),
        member.record().reason().isEmpty() ? null : member.record().reason(),
        details.version().isEmpty() ? null : details.version(),
        details.node().isEmpty() ? null : details.node(),
        details.dbSize() == 0 ? null : rounded(details.dbSize()),
        down == null ? null : down.truncatedTo(ChronoUnit.SECONDS).toString());
  }

  private static String role(Member member) {
    if (member.health() instanceof Health.Up up && up.leaderId().equals(up.memberId())) {
      return "Leader";
    }
    return switch (member.record().phase()) {
      case JOINING, GONE -> "None";
      case LEARNER -> "Learner";
      case VOTER, SUSPECT -> "Voter";
    };
  }

  /// To the power of two above, so that a growing store writes its status a few times only.
  private static String rounded(long bytes) {
    long mib = Math.max(1, (bytes + MIB - 1) / MIB);
    long power = Long.highestOneBit(mib);
    return "<=" + (power == mib ? power : power * 2) + "Mi";
  }

  private List<String> alarms() {
    var alarms = new TreeSet<String>();
    for (Sight.Details details : sight.details().values()) {
      details.errors().stream()
          .filter(error -> error.contains("alarm:"))
          .forEach(error -> alarms.add(error.trim()));
    }
    return List.copyOf(alarms);
  }

  private String phase() {
    if (Boolean.TRUE.equals(settings.spec().paused())) {
      return "Paused";
    }
    if (settings.replicas() == 0) {
      return "Hibernated";
    }
    if (!latches.bootstrapped()) {
      return observed.members().isEmpty() ? "Pending" : "Bootstrapping";
    }
    if (!quorumWell()) {
      return "QuorumLost";
    }
    Latches.Operation operation = latches.operation();
    if (operation != null) {
      return switch (operation.kind()) {
        case BOOTSTRAP_CLUSTER -> "Bootstrapping";
        case ADD_MEMBER, REMOVE_MEMBER -> "Scaling";
        case REPLACE_MEMBER -> "Repairing";
        case UPDATE_MEMBER -> "Updating";
      };
    }
    if (!troubled().isEmpty()) {
      return "Repairing";
    }
    return ownVoters() == settings.replicas() ? "Running" : "Scaling";
  }

  /// Without those that somebody else added.
  private long ownVoters() {
    return list.stream().filter(l -> !l.learner() && memberOf(l) != null).count();
  }

  /// The voters that are not well.
  private List<Member> troubled() {
    return observed.members().stream()
        .filter(m -> !role(m).equals("None") && !role(m).equals("Learner"))
        .filter(m -> !isWellVoter(m))
        .toList();
  }

  private List<Condition> conditions(@Nullable Long generation) {
    var conditions = new ArrayList<Condition>();
    conditions.add(available());
    conditions.add(
        quorumWell()
            ? is("QuorumHealthy", "Quorum", "")
            : isNot(
                "QuorumHealthy",
                listKnown ? "TooFewVoters" : "NoAnswer",
                listKnown
                    ? "%d of %d voters are well".formatted(wellVoters(), voters())
                    : whyUnknown()));
    conditions.add(progressing());
    conditions.add(degraded());
    conditions.add(upToDate());
    conditions.add(clusterId());
    conditions.add(
        alarms().isEmpty()
            ? is("AlarmsClear", "NoAlarm", "")
            : isNot("AlarmsClear", "Alarm", String.join("; ", alarms())));
    conditions.add(reaches());
    conditions.add(specAccepted());
    conditions.forEach(condition -> condition.setObservedGeneration(generation));
    conditions.forEach(this::keepTransitionTime);
    return conditions;
  }

  private String whyUnknown() {
    return observed.membership() instanceof Reading.Unknown<List<Listed>>(var why) ? why : "";
  }

  /// True once the cluster was whole for the first time, and from then on while a quorum answers.
  private Condition available() {
    if (settings.replicas() == 0) {
      return isNot("Available", "Hibernated", "spec.replicas is 0");
    }
    if (!quorumWell()) {
      return latches.bootstrapped()
          ? isNot("Available", wasWhole() ? "NoQuorum" : "Forming", doing)
          : isNot("Available", "Forming", doing);
    }
    if (!wasWhole() && wellVoters() < settings.replicas()) {
      return isNot(
          "Available",
          "Forming",
          "%d of %d members vote".formatted(wellVoters(), settings.replicas()));
    }
    return is("Available", "QuorumAnswers", "");
  }

  private boolean wasWhole() {
    Condition before = before("Available");
    return before != null
        && !"Forming".equals(before.getReason())
        && !"Hibernated".equals(before.getReason());
  }

  private Condition progressing() {
    Latches.Operation operation = latches.operation();
    if (operation != null) {
      return is(
          "Progressing",
          operation.kind().text(),
          operation.target() + ": " + operation.reason() + "; now: " + doing);
    }
    return step instanceof Step.Done
        ? isNot("Progressing", "AsDesired", step.reason())
        : is("Progressing", step instanceof Step.Wait ? "Waiting" : "Working", doing);
  }

  private Condition degraded() {
    List<Member> troubled = troubled();
    if (troubled.isEmpty()) {
      return learnerThatFails()
          .map(learner ->
              is(
                  "Degraded",
                  reason(learner),
                  "Pod %s: the learner does not start; kubectl logs %s tells why"
                      .formatted(learner.name(), learner.name())))
          .orElseGet(() -> isNot("Degraded", "AllWell", ""));
    }
    Member first = troubled.getFirst();
    String why = first.record().reason().isEmpty() ? "it does not answer" : first.record().reason();
    return is("Degraded", reason(first), "Pod %s: %s".formatted(first.name(), why));
  }

  /// One that takes its time to start is no trouble yet; one whose container ends or cannot begin
  /// is.
  private Optional<Member> learnerThatFails() {
    return observed.members().stream()
        .filter(member -> role(member).equals("Learner") && !member.answers())
        .filter(member ->
            member.pod() instanceof PodState.Present pod
                && (pod.restarts() > 0 || pod.trouble() != PodState.Trouble.NONE))
        .findFirst();
  }

  private static String reason(Member member) {
    return switch (member.pod()) {
      case PodState.Absent() -> "PodMissing";
      case PodState.Present pod ->
          switch (pod.trouble()) {
            case NONE -> pod.restarts() > 0 ? "Restarting" : "NotAnswering";
            case UNSCHEDULABLE -> "Unschedulable";
            case IMAGE -> "ImagePull";
            case CONFIGURATION -> "Configuration";
            case OUT_OF_MEMORY -> "OutOfMemory";
            case EVICTED -> "Evicted";
          };
    };
  }

  private Condition upToDate() {
    var behind = new ArrayList<String>();
    var desired = settings.desired();
    for (Member member : observed.members()) {
      if (member.pod() instanceof PodState.Present pod
          && !pod.template().equals(desired.templates().http())
          && !pod.template().equals(desired.templates().https())) {
        behind.add(member.name());
      }
    }
    return behind.isEmpty()
        ? is("MembersUpToDate", "SameTemplate", "")
        : isNot("MembersUpToDate", "OlderTemplate", "Pods " + String.join(", ", behind));
  }

  private Condition clusterId() {
    for (Member member : observed.members()) {
      if (member.health() instanceof Health.WrongCluster(var id)) {
        return isNot(
            "ClusterIDConsistent",
            "OtherCluster",
            "Pod %s answers for cluster %s".formatted(member.name(), id));
      }
    }
    return is("ClusterIDConsistent", "OneCluster", "");
  }

  private Condition reaches() {
    for (Member member : observed.members()) {
      if (member.health() instanceof Health.Silent(var why)
          && member.pod() instanceof PodState.Present pod
          && pod.ready()
          && !pod.terminating()) {
        return isNot(
            "OperatorReachesMembers",
            "Unreachable",
            "Pod %s is ready and does not answer the operator: %s".formatted(member.name(), why));
      }
    }
    return is("OperatorReachesMembers", "Reachable", "");
  }

  /// What only the operator can judge of the spec.
  private Condition specAccepted() {
    long wanted = settings.desired().volumeBytes();
    for (Member member : observed.members()) {
      if (member.volume() instanceof Reading.Known<VolumeState>(VolumeState.Present volume)
          && volume.bytes() > wanted) {
        return isNot(
            "SpecAccepted",
            "StorageSize",
            "spec.storage.size: volume claim %s is larger already".formatted(member.name()));
      }
    }
    String reserved = settings.reservedKeys();
    return reserved.isEmpty()
        ? is("SpecAccepted", "Valid", "")
        : isNot(
            "SpecAccepted",
            "ReservedKey",
            "spec.podTemplate.metadata: %s belongs to the operator and is left out"
                .formatted(reserved));
  }

  private @Nullable Condition before(String type) {
    return previous == null || previous.conditions() == null
        ? null
        : previous.conditions().stream()
            .filter(c -> type.equals(c.getType()))
            .findFirst()
            .orElse(null);
  }

  private void keepTransitionTime(Condition condition) {
    Condition before = before(condition.getType());
    condition.setLastTransitionTime(
        before != null
                && condition.getStatus().equals(before.getStatus())
                && before.getLastTransitionTime() != null
            ? before.getLastTransitionTime()
            : observed.now().truncatedTo(ChronoUnit.SECONDS).toString());
  }

  private static Condition is(String type, String reason, String message) {
    return condition(type, "True", reason, message);
  }

  private static Condition isNot(String type, String reason, String message) {
    return condition(type, "False", reason, message);
  }

  private static Condition condition(String type, String status, String reason, String message) {
    var condition = new Condition();
    condition.setType(type);
    condition.setStatus(status);
    condition.setReason(reason);
    condition.setMessage(message);
    return condition;
  }
}
