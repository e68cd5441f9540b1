package io.kvorum.localkube.demo;

import io.kvorum.localkube.LocalKube;
import io.kvorum.localkube.StateOption;
import io.kvorum.localkube.up.Installation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `./kvorum demo`
@Command(
    name = "demo",
    description = {
      "The scripted tour: form a cluster of 3, write 1,000 keys, scale to 5, kill -9 a member and"
          + " destroy its volume, wait for the replacement, scale to 3, read all keys back through"
          + " every member.",
      "",
      "It runs in a temporary folder on free ports, beside a live 'up', and leaves nothing behind."
          + " Exit code 0 says that every step was seen to happen.",
      ""
    },
    mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {

  @Option(names = "--keep", description = "Keep the temporary folder with its logs.")
  private boolean keep;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    Path folder = Files.createTempDirectory("kvorum-demo");
    Path root = StateOption.root();
    var kubernetes = new LocalKube(new LocalKube.Options(folder, 0, root.resolve("kvorum")));
    var closed = new AtomicBoolean();
    Thread atExit = Thread.ofPlatform().unstarted(() -> leave(kubernetes, folder, closed));
    Runtime.getRuntime().addShutdownHook(atExit);
    try {
      out.println("export KUBECONFIG=" + kubernetes.kubeconfig() + "   # to look on from outside");
      var tour = new Tour(kubernetes, new Installation(kubernetes, root), out);
      tour.run();
      tour.printTimeline();
      out.println("\nEverything was seen.");
      return 0;
    } catch (Tour.Missed e) {
      out.flush();
      spec.commandLine().getErr().println("kvorum: the tour failed: " + e.getMessage());
      return 1;
    } finally {
      out.flush();
      leave(kubernetes, folder, closed);
    }
  }

  private void leave(LocalKube kubernetes, Path folder, AtomicBoolean closed) {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    kubernetes.close();
    if (keep) {
      spec.commandLine().getOut().println("Kept " + folder);
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      spec.commandLine()
          .getErr()
          .println("kvorum: cannot remove " + folder + ": " + e.getMessage());
    }
  }
}
