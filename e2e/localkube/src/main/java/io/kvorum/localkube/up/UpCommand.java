package io.kvorum.localkube.up;

import io.kvorum.localkube.FolderLock;
import io.kvorum.localkube.LocalKube;
import io.kvorum.localkube.StateFolder;
import io.kvorum.localkube.StateOption;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `./kvorum up`
@Command(
    name = "up",
    description = {
      "Start a Kubernetes for this machine with the operator and a cluster of 3 members.",
      "",
      "Everything is kept in one folder: kubeconfig, logs, volumes, pids. The next 'up' goes on"
          + " where this one ended. Ctrl-C stops every process and keeps the data.",
      ""
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class UpCommand implements Callable<Integer> {

  private static final int DEFAULT_PORT = 16_443;

  @Mixin private StateOption state = new StateOption();

  @Option(
      names = "--port",
      defaultValue = "" + DEFAULT_PORT,
      description = "The API's port on 127.0.0.1; 0 picks a free one (default: ${DEFAULT-VALUE}).")
  private int port = DEFAULT_PORT;

  @Option(
      names = "--detach",
      description = "Return once everything runs; './kvorum down' stops it.")
  private boolean detach;

  @Option(
      names = "--no-sample",
      description = "Start with the operator alone, without the sample cluster.")
  private boolean noSample;

  @Option(
      names = "--nodes",
      defaultValue = "5",
      description = "How many nodes there are to spread Pods over (default: ${DEFAULT-VALUE}).")
  private int nodes = 5;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      defaultValue = "240",
      description =
          "How long to wait for the clusters to become available (default: ${DEFAULT-VALUE}).")
  private int waitSeconds = 240;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter err = spec.commandLine().getErr();
    if (port < 0 || port > 65_535) {
      err.println("kvorum: --port " + port + ": a port is a number from 0 to 65535");
      return 2;
    }
    if (nodes < 1 || nodes > 100) {
      err.println("kvorum: --nodes " + nodes + ": between 1 and 100 nodes are possible");
      return 2;
    }
    StateFolder folder = state.folder();
    OptionalLong holder = FolderLock.holder(folder.pid());
    if (holder.isPresent()) {
      return taken(folder, holder.getAsLong());
    }
    return detach
        ? Detached.start(folder, arguments(folder), Duration.ofSeconds(waitSeconds), out(), err)
        : run(folder);
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private int taken(StateFolder folder, long pid) {
    spec.commandLine()
        .getErr()
        .println(
            "kvorum: "
                + folder.root()
                + " is in use by process "
                + pid
                + "; './kvorum down' stops it, --state-dir names another folder");
    return 1;
  }

  private List<String> arguments(StateFolder folder) {
    var arguments = new ArrayList<String>();
    arguments.add("up");
    arguments.add("--state-dir=" + folder.root());
    arguments.add("--port=" + port);
    arguments.add("--nodes=" + nodes);
    arguments.add("--wait=" + waitSeconds);
    if (noSample) {
      arguments.add("--no-sample");
    }
    return arguments;
  }

  private int run(StateFolder folder) throws IOException, InterruptedException {
    Path root = StateOption.root();
    LocalKube kubernetes;
    try {
      kubernetes =
          new LocalKube(new LocalKube.Options(folder.root(), port, root.resolve("kvorum"), nodes));
    } catch (FolderLock.Taken e) {
      return taken(folder, e.pid());
    } catch (BindException e) {
      spec.commandLine()
          .getErr()
          .println("kvorum: port " + port + " is in use; --port 0 picks a free one");
      return 1;
    }
    var stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().unstarted(() -> stop(kubernetes, stopped)));
    serve(kubernetes, root);
    stopped.await();
    return 0;
  }

  private void stop(LocalKube kubernetes, CountDownLatch stopped) {
    out().println("\nStopping all processes…");
    out().flush();
    kubernetes.close();
    stopped.countDown();
  }

  private void serve(LocalKube kubernetes, Path root) throws IOException, InterruptedException {
    var installation = new Installation(kubernetes, root);
    var progress = new Progress(kubernetes, installation, out());
    progress.say("the API answers at " + kubernetes.url());
    installation.operator();
    progress.say("operator and custom resources are installed");
    if (!noSample) {
      installation.sampleOnce();
    }
    boolean ready =
        progress.await(
            Duration.ofSeconds(waitSeconds),
            () ->
                installation.operatorPods().stream()
                        .anyMatch(pod -> Installation.holds(pod, "Ready"))
                    && installation.clusters().stream().allMatch(installation::settled));
    if (!ready) {
      progress.say(
          "not everything is available after "
              + waitSeconds
              + " s; it goes on trying. 'kubectl describe kvc' and 'kubectl get events' tell why");
    }
    out().println(Guide.text(installation, kubernetes.kubeconfig(), "./kvorum"));
    out().println(Detached.isChild() ? "" : "Ctrl-C stops it all; the data stays.");
    out().flush();
    Files.writeString(kubernetes.folder().server("ready"), ready ? "yes" : "no");
  }
}
