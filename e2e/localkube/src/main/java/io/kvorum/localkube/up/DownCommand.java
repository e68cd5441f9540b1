package io.kvorum.localkube.up;

import io.kvorum.localkube.FolderLock;
import io.kvorum.localkube.StateFolder;
import io.kvorum.localkube.StateOption;
import io.kvorum.localkube.kubelet.Processes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `./kvorum down`
@Command(
    name = "down",
    description = "Stop what 'up' started; the data stays for the next 'up'.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class DownCommand implements Callable<Integer> {

  /// Members get their grace period, and some time on top.
  private static final long STOP_SECONDS = 60;

  @Mixin private StateOption state = new StateOption();

  @Option(names = "--purge", description = "Remove the state folder with all data, too.")
  private boolean purge;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    StateFolder folder = state.folder();
    if (!Files.isDirectory(folder.root())) {
      out.println(folder.root() + " does not exist: nothing to stop.");
      return 0;
    }
    if (!folder.isOurs()) {
      spec.commandLine()
          .getErr()
          .println("kvorum: " + folder.root() + " is no state folder of 'up': left untouched");
      return 1;
    }
    OptionalLong holder = FolderLock.holder(folder.pid());
    if (holder.isPresent()) {
      if (!stop(holder.getAsLong())) {
        spec.commandLine()
            .getErr()
            .println("kvorum: process " + holder.getAsLong() + " does not stop");
        return 1;
      }
      out.println("Stopped process " + holder.getAsLong() + " and all its Pods.");
    } else {
      out.println("Nothing runs in " + folder.root() + ".");
    }
    try (var left = new Processes(folder.root())) {
      left.killOrphans();
    }
    if (purge) {
      out.println(
          folder.remove()
              ? "Removed " + folder.root() + "."
              : "Removed what 'up' kept in "
                  + folder.root()
                  + "; the members of './kvorum local' are left.");
    }
    return 0;
  }

  private static boolean stop(long pid) throws InterruptedException {
    Optional<ProcessHandle> process = ProcessHandle.of(pid);
    if (process.isEmpty()) {
      return true;
    }
    process.get().destroy();
    try {
      process.get().onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    }
  }
}
