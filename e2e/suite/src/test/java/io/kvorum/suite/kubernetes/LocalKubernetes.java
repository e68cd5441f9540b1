package io.kvorum.suite.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The embedded Kubernetes of this project as a user starts it, with the operator in it, in a
/// folder of its own; and kubectl against it. Closing removes it with everything it started.
final class LocalKubernetes implements AutoCloseable {

  private static final Duration START_BOUND = Duration.ofMinutes(4);
  private static final Duration COMMAND_BOUND = Duration.ofMinutes(1);
  private static final String OPERATOR_NAMESPACE = "kvorum-system";
  private static final String CLIENT_PORT = ":2379";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path stateFolder;
  private final String launcher = ProjectRoot.find().resolve("kvorum").toString();

  /// Starts it and waits until its sample cluster, if wanted, is available.
  LocalKubernetes(Path stateFolder, boolean sample) {
    this.stateFolder = stateFolder;
    up(sample);
  }

  /// `up --detach`, which must succeed.
  void up(boolean sample) {
    Program.Result result =
        (sample ? up("--detach") : up("--detach", "--no-sample")).run(START_BOUND);
    if (result.exitCode() != 0) {
      throw new AssertionError("up failed:\n" + result.output() + result.errors());
    }
  }

  /// `up` on this folder, to be started.
  Program.Launch up(String... flags) {
    return Program.command(launcher, "up", "--port", "0", "--state-dir", stateFolder.toString())
        .with(flags)
        .environment("KVORUM_BUILD", "skip");
  }

  /// `down` on this folder.
  Program.Result down(String... flags) {
    return Program.command(launcher, "down", "--state-dir", stateFolder.toString())
        .with(flags)
        .environment("KVORUM_BUILD", "skip")
        .run(COMMAND_BOUND);
  }

  /// The process that runs it.
  long pid() {
    try {
      return Long.parseLong(Files.readString(stateFolder.resolve("pid")).strip());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the pid of " + stateFolder, e);
    }
  }

  /// The living processes that have this folder in their command line or environment.
  List<Long> processes() {
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      return all.map(ProcessHandle::pid).filter(this::usesFolder).sorted().toList();
    }
  }

  private boolean usesFolder(long pid) {
    String folder = stateFolder.toString();
    try {
      Path process = Path.of("/proc", Long.toString(pid));
      return Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1)
              .contains(folder)
          || Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1)
              .contains(folder);
    } catch (IOException e) {
      return false;
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
    return launch(arguments).run(input.getBytes(StandardCharsets.UTF_8), COMMAND_BOUND);
  }

  private Program.Launch launch(String... arguments) {
    return Program.command("kubectl", "--kubeconfig", stateFolder.resolve("kubeconfig").toString())
        .with(arguments);
  }

  /// Starts a kubectl that goes on.
  Program start(String... arguments) {
    return launch(arguments).start();
  }

  /// `kubectl apply` of a manifest.
  void apply(String manifest) {
    Program.Result result = tryKubectl(manifest, "apply", "-f", "-");
    if (result.exitCode() != 0) {
      throw new AssertionError("kubectl apply:\n" + manifest + result.output() + result.errors());
    }
  }

  /// Ends the operator's process by SIGKILL; its Pod starts another.
  void killOperator() {
    String container =
        kubectl(
            "get",
            "pods",
            "-n",
            OPERATOR_NAMESPACE,
            "-o",
            "jsonpath={.items[0].status.containerStatuses[0].containerID}");
    String pid = container.substring(container.lastIndexOf('/') + 1);
    Program.command("kill", "-9", pid).run(COMMAND_BOUND);
  }

  /// The node that the operator's Pod is on.
  String nodeOfOperator() {
    return kubectl(
        "get", "pods", "-n", OPERATOR_NAMESPACE, "-o", "jsonpath={.items[0].spec.nodeName}");
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
    return List.copyOf(endpointsByName(cluster).values());
  }

  /// As [#endpoints], with the members' names.
  SortedMap<String, String> endpointsByName(String cluster) {
    var found = new TreeMap<String, String>();
    for (JsonNode pod : get("pods", "-l", "kvorum.io/cluster=" + cluster).path("items")) {
      boolean ready = false;
      for (JsonNode condition : pod.path("status").path("conditions")) {
        ready |=
            condition.path("type").asText().equals("Ready")
                && condition.path("status").asText().equals("True");
      }
      if (ready && !pod.path("metadata").has("deletionTimestamp")) {
        found.put(
            pod.path("metadata").path("name").asText(),
            pod.path("status").path("podIP").asText() + CLIENT_PORT);
      }
    }
    return found;
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
    Program.Result result = down("--purge");
    if (result.exitCode() != 0) {
      throw new AssertionError("down failed:\n" + result.output() + result.errors());
    }
  }
}
