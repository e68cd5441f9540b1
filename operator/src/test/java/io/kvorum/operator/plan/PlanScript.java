package io.kvorum.operator.plan;

import io.kvorum.operator.plan.PodState.NodeState;
import io.kvorum.testkit.Golden;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads one observation as text and answers with the step the planner takes on it.
///
/// `desired`, `cluster` and `list` lines change the defaults, which are a formed cluster of three
/// that nothing is done to; every other line is a member: its name, then words.
final class PlanScript {

  private static final Instant NOW = Instant.EPOCH.plus(Duration.ofDays(1));

  private final Map<String, String> desired = new HashMap<>();
  private final Map<String, String> cluster = new HashMap<>();
  private final List<Member> members = new ArrayList<>();
  private final List<Listed> listed = new ArrayList<>();
  private final Naming naming = new Naming("demo", "default");
  private String unknown = "";
  private String leader = "";

  private PlanScript() {}

  static String plan(Golden.Case command) {
    var script = new PlanScript();
    List<Map<String, String>> lines = new ArrayList<>();
    for (String line : command.input().lines().toList()) {
      lines.add(words(line));
    }
    return script.step(lines) + "\n";
  }

  private static Map<String, String> words(String line) {
    var words = new HashMap<String, String>();
    String[] parts = line.trim().split(" +", -1);
    words.put("", parts[0]);
    for (int i = 1; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      words.put(
          equals < 0 ? parts[i] : parts[i].substring(0, equals),
          equals < 0 ? "" : parts[i].substring(equals + 1));
    }
    return words;
  }

  private String step(List<Map<String, String>> lines) {
    for (var line : lines) {
      if (line.containsKey("leader")) {
        leader = id(line);
      }
    }
    for (var line : lines) {
      switch (line.getOrDefault("", "")) {
        case "desired" -> desired.putAll(line);
        case "cluster" -> cluster.putAll(line);
        case "list" -> unknown = "the call timed out";
        default -> member(line);
      }
    }
    return StepText.of(Planner.next(desired(), observed()));
  }

  private static String id(Map<String, String> line) {
    String name = line.getOrDefault("", "");
    return line.getOrDefault("id", "id" + name.substring(name.lastIndexOf('-') + 1));
  }

  private Desired desired() {
    return new Desired(
        naming,
        Integer.parseInt(desired.getOrDefault("replicas", "3")),
        desired.containsKey("paused"),
        desired.containsKey("https") ? Scheme.HTTPS : Scheme.HTTP,
        new Desired.Templates("t1", "t1s"),
        Long.parseLong(desired.getOrDefault("volume", "100")),
        new Desired.Retention(
            desired.containsKey("keepOnScaleDown"), desired.containsKey("keepOnReplace")),
        new Desired.FailurePolicy(
            !desired.containsKey("manual"),
            Duration.ofMinutes(5),
            !desired.containsKey("waitForNode"),
            5,
            Duration.ofMinutes(10)));
  }

  private Observed observed() {
    boolean formed = !cluster.containsKey("new");
    int voters = (int) listed.stream().filter(l -> !l.learner()).count();
    int budget = Situation.quorum(Math.max(voters, Math.max(1, desired().replicas())));
    return new Observed(
        NOW,
        latches(formed),
        new Observed.Supports(
            true,
            true,
            OptionalInt.of(Integer.parseInt(cluster.getOrDefault("budget", "" + budget))),
            Observed.BootstrapState.valueOf(
                cluster.getOrDefault("configMap", formed ? "EXISTING" : "NEW"))),
        members,
        unknown.isEmpty() ? new Reading.Known<>(listed) : new Reading.Unknown<>(unknown),
        "c1",
        leftovers());
  }

  private Observed.Leftovers leftovers() {
    String stray = cluster.get("stray");
    String volume = cluster.get("orphan");
    return new Observed.Leftovers(
        stray == null ? List.of() : List.of(new Observed.Stray(stray, "u", false)),
        volume == null ? List.of() : List.of(volume),
        Integer.parseInt(cluster.getOrDefault("highestVolume", "0")));
  }

  private Latches latches(boolean formed) {
    String[] operation = cluster.getOrDefault("op", "").split(":", -1);
    String[] replaced = cluster.getOrDefault("replaced", "").split(":", -1);
    return new Latches(
        formed,
        formed ? "c1" : null,
        Integer.parseInt(cluster.getOrDefault("serial", "3")),
        operation.length < 2
            ? null
            : new Latches.Operation(
                1, Latches.Kind.valueOf(operation[0]), operation[1], NOW, "test"),
        replaced.length < 2 ? null : new Latches.Replacement(replaced[0], ago(replaced[1]), "test"),
        1);
  }

  private static Instant ago(String minutes) {
    return NOW.minus(Duration.ofMinutes(Long.parseLong(minutes.replace("m", ""))));
  }

  private void member(Map<String, String> line) {
    String name = line.getOrDefault("", "");
    boolean learner = line.containsKey("learner");
    Health health = health(line, learner);
    Scheme scheme = line.containsKey("https") ? Scheme.HTTPS : Scheme.HTTP;
    boolean foreign = naming.serial(name).isEmpty();
    if (!line.containsKey("unlisted")) {
      String url = foreign ? "http://" + name + ":2380" : naming.peerUrl(name, scheme);
      listed.add(
          new Listed(id(line), line.containsKey("unstarted") ? "" : name, url, learner, health));
    }
    if (!foreign && !line.containsKey("norecord")) {
      members.add(
          new Member(
              name,
              naming.serial(name).orElseThrow(),
              line.containsKey("seed"),
              ago(line.getOrDefault("age", "60m")),
              record(line, learner),
              pod(line),
              volume(line),
              health));
    }
  }

  private Health health(Map<String, String> line, boolean learner) {
    if (line.containsKey("silent")) {
      return new Health.Silent("refused");
    }
    if (line.containsKey("wrongCluster")) {
      return new Health.WrongCluster("c9");
    }
    return new Health.Up(
        line.getOrDefault("answersAs", id(line)),
        line.containsKey("leaderless") ? "" : leader,
        learner);
  }

  private MemberRecord record(Map<String, String> line, boolean learner) {
    String url =
        naming.peerUrl(
            line.getOrDefault("", ""), line.containsKey("https") ? Scheme.HTTPS : Scheme.HTTP);
    @Nullable String memberId = line.containsKey("noId") ? null : id(line);
    @Nullable String volume = line.containsKey("noVolume") ? null : "v";
    if (line.containsKey("suspect")) {
      return new MemberRecord(
          MemberRecord.Phase.SUSPECT,
          url,
          memberId,
          volume,
          ago(line.getOrDefault("suspect", "")),
          line.getOrDefault("because", "").replace('_', ' '));
    }
    if (line.containsKey("gone")) {
      return new MemberRecord(
          MemberRecord.Phase.GONE,
          url,
          memberId,
          volume,
          null,
          "it is not in the store's list any more");
    }
    MemberRecord.Phase phase =
        memberId == null
            ? MemberRecord.Phase.JOINING
            : learner ? MemberRecord.Phase.LEARNER : MemberRecord.Phase.VOTER;
    return new MemberRecord(phase, url, memberId, volume, null, "");
  }

  private static Reading<VolumeState> volume(Map<String, String> line) {
    long bytes = Long.parseLong(line.getOrDefault("bytes", "100"));
    return switch (line.getOrDefault("volume", "ok")) {
      case "unknown" -> new Reading.Unknown<>("the call timed out");
      case "gone" -> new Reading.Known<>(new VolumeState.Absent());
      case "other" -> new Reading.Known<>(new VolumeState.Present("w", false, false, bytes));
      case "lost" -> new Reading.Known<>(new VolumeState.Present("v", false, true, bytes));
      case "deleting" -> new Reading.Known<>(new VolumeState.Present("v", true, false, bytes));
      default -> new Reading.Known<>(new VolumeState.Present("v", false, false, bytes));
    };
  }

  private PodState pod(Map<String, String> line) {
    String pod = line.getOrDefault("pod", line.containsKey("silent") ? "running" : "ready");
    if (pod.equals("none")) {
      return new PodState.Absent();
    }
    PodState.Life life =
        switch (pod) {
          case "pending" -> PodState.Life.PENDING;
          case "finished" -> PodState.Life.FINISHED;
          default -> PodState.Life.RUNNING;
        };
    String exit = line.get("exit");
    return new PodState.Present(
        "u",
        line.containsKey("terminating"),
        life,
        pod.equals("ready"),
        line.getOrDefault("template", line.containsKey("https") ? "t1s" : "t1"),
        line.containsKey("learner") || line.containsKey("labelledLearner")
            ? PodState.Role.LEARNER
            : PodState.Role.VOTER,
        NodeState.valueOf(line.getOrDefault("node", "READY")),
        PodState.Trouble.valueOf(line.getOrDefault("trouble", "NONE")),
        Integer.parseInt(line.getOrDefault("restarts", "0")),
        exit == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(exit)),
        Stream.of(line.getOrDefault("toldOf", "demo-1,demo-2,demo-3").split(",", -1))
            .map(name -> naming.peerUrl(name, Scheme.HTTP))
            .collect(Collectors.toSet()));
  }
}
