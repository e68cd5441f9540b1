package io.kvorum.localkube.fault;

import io.kvorum.localkube.StateOption;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `./kvorum localkube fault …`
@Command(
    name = "fault",
    description = "Hurt a running local Kubernetes on purpose, and watch it heal.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class FaultCommand {

  @Mixin private StateOption state = new StateOption();

  @Option(
      names = {"-n", "--namespace"},
      defaultValue = "default",
      description = "Namespace of the Pod or claim (default: ${DEFAULT-VALUE}).")
  private String namespace = "default";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Command(
      name = "kill",
      description = "kill -9 a Pod's processes.",
      mixinStandardHelpOptions = true)
  int kill(@Parameters(paramLabel = "POD") String pod) throws IOException, InterruptedException {
    try (Faults faults = open()) {
      return say("killed " + numbers(faults.kill(namespace, pod)));
    }
  }

  @Command(
      name = "pause",
      description = "Stop a Pod's processes (SIGSTOP); 'resume' lets them go on.",
      mixinStandardHelpOptions = true)
  int pause(@Parameters(paramLabel = "POD") String pod) throws IOException, InterruptedException {
    try (Faults faults = open()) {
      return say("paused " + numbers(faults.pause(namespace, pod)));
    }
  }

  @Command(
      name = "resume",
      description = "Let a Pod's paused processes go on.",
      mixinStandardHelpOptions = true)
  int resume(@Parameters(paramLabel = "POD") String pod) throws IOException, InterruptedException {
    try (Faults faults = open()) {
      return say("resumed " + numbers(faults.resume(namespace, pod)));
    }
  }

  @Command(
      name = "lose-node",
      description = "A node stops answering and its processes die; 'return-node' brings it back.",
      mixinStandardHelpOptions = true)
  int loseNode(@Parameters(paramLabel = "NODE") String node)
      throws IOException, InterruptedException {
    try (Faults faults = open()) {
      faults.loseNode(node);
      return say(node + " is lost");
    }
  }

  @Command(
      name = "return-node",
      description = "Bring a lost node back, with its volumes.",
      mixinStandardHelpOptions = true)
  int returnNode(@Parameters(paramLabel = "NODE") String node)
      throws IOException, InterruptedException {
    try (Faults faults = open()) {
      faults.returnNode(node);
      return say(node + " is back");
    }
  }

  @Command(
      name = "lose-volume",
      description = "Destroy the volume of a claim, and kill the processes that use it.",
      mixinStandardHelpOptions = true)
  int loseVolume(@Parameters(paramLabel = "CLAIM") String claim)
      throws IOException, InterruptedException {
    try (Faults faults = open()) {
      faults.loseVolume(namespace, claim);
      return say("the volume of " + claim + " is lost");
    }
  }

  private Faults open() throws IOException {
    return new Faults(state.folder().kubeconfig());
  }

  private static String numbers(List<Long> pids) {
    return "process " + String.join(", ", pids.stream().map(String::valueOf).toList());
  }

  private int say(String what) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(what);
    out.flush();
    return 0;
  }
}
