package io.kvorum.suite.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// The embedded Kubernetes of this project as a user starts it, with the operator in it, in a
/// folder of its own; and kubectl against it. Closing removes it with everything it started.
final class LocalKubernetes implements AutoCloseable {

  private static final Duration START_BOUND = Duration.ofMinutes(4);
  private static final Duration COMMAND_BOUND = Duration.ofMinutes(1);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path stateFolder;
  private final String launcher = ProjectRoot.find().resolve("kvorum").toString();

  /// Starts it and waits until its sample cluster, if wanted, is available.
  LocalKubernetes(Path stateFolder, boolean sample) {
    this.stateFolder = stateFolder;
    var command =
        new ArrayList<>(
            List.of(launcher, "up", "--detach", "--port", "0", "--state-dir", "" + stateFolder));
    if (!sample) {
      command.add("--no-sample");
    }
    Program.Result result =
        Program.command(command).environment("KVORUM_BUILD", "skip").run(START_BOUND);
    if (result.exitCode() != 0) {
      throw new AssertionError("up failed:\n" + result.output() + result.errors());
    }
  }

  /// Runs kubectl, which must succeed; returns what it printed.
  String kubectl(String... arguments) {
    Program.Result result = tryKubectl("", arguments);
    if (result.exitCode() != 0) {
      throw new AssertionError(
          "kubectl " + String.join(" ", arguments) + ":\n" + result.output() + result.errors());
    }
    return result.output();
  }

  /// Runs kubectl with an input; success is the caller's question.
  Program.Result tryKubectl(String input, String... arguments) {
    return Program.command("kubectl", "--kubeconfig", stateFolder.resolve("kubeconfig").toString())
        .with(arguments)
        .run(input.getBytes(StandardCharsets.UTF_8), COMMAND_BOUND);
  }

  /// The object or list that `kubectl get ... -o json` prints.
  JsonNode get(String... what) {
    var arguments = new ArrayList<>(List.of("get", "-o", "json"));
    arguments.addAll(List.of(what));
    try {
      return JSON.readTree(kubectl(arguments.toArray(String[]::new)));
    } catch (IOException e) {
      throw new UncheckedIOException("kubectl " + arguments, e);
    }
  }

  /// `host:2379` of each ready member.
  List<String> endpoints(String cluster) {
    var found = new TreeSet<String>();
    for (JsonNode pod : get("pods", "-l", "kvorum.io/cluster=" + cluster).path("items")) {
      boolean ready = false;
      for (JsonNode condition : pod.path("status").path("conditions")) {
        ready |=
            condition.path("type").asText().equals("Ready")
                && condition.path("status").asText().equals("True");
      }
      if (ready && !pod.path("metadata").has("deletionTimestamp")) {
        found.add(pod.path("status").path("podIP").asText() + ":2379");
      }
    }
    return List.copyOf(found);
  }

  /// Names of the members that the status lists, in order.
  List<String> members(String cluster) {
    var names = new TreeSet<String>();
    for (JsonNode member : get("kvc", cluster).path("status").path("members")) {
      names.add(member.path("name").asText());
    }
    return List.copyOf(names);
  }

  /// Waits until the cluster has this many voting members, all ready, nothing under way, and its
  /// status speaks of the present spec.
  void awaitSettled(String cluster, int replicas, Duration bound) {
    try {
      Await.until(
          cluster + " settles at " + replicas,
          bound,
          () -> {
            JsonNode kvc = get("kvc", cluster);
            JsonNode status = kvc.path("status");
            return status.path("observedGeneration").asLong()
                    == kvc.path("metadata").path("generation").asLong()
                && status.path("votingMembers").asInt() == replicas
                && status.path("readyReplicas").asInt() == replicas
                && status.path("members").size() == replicas
                && status.path("phase").asText().equals("Running")
                && !status.hasNonNull("operation");
          });
    } catch (AssertionError e) {
      throw new AssertionError(
          e.getMessage()
              + "\n"
              + kubectl("get", "kvc,kvm,pods,pvc", "-o", "wide")
              + kubectl("get", "kvc", cluster, "-o", "yaml"),
          e);
    }
  }

  @Override
  public void close() {
    Program.Result result =
        Program.command(launcher, "down", "--purge", "--state-dir", stateFolder.toString())
            .environment("KVORUM_BUILD", "skip")
            .run(COMMAND_BOUND);
    if (result.exitCode() != 0) {
      throw new AssertionError("down failed:\n" + result.output() + result.errors());
    }
  }
}
