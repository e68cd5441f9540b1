package io.kvorum.node.ctl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The data directory of a new member from a running store: a live backup, restored at once.
final class SeedFromStore {

  static final List<Flag> FLAGS = RestoreProgram.MEMBER_FLAGS;

  /// Time to start the member and to take up following, before leases are renewed by that.
  private static final String LEASE_GRACE = "--lease-grace=600";

  private SeedFromStore() {}

  static void run(Invocation invocation, Client source) throws Failure, IOException {
    Flags flags = invocation.flags();
    Path directory = Path.of(flags.text("data-dir")).toAbsolutePath();
    Path parent = directory.getParent();
    if (parent == null) {
      throw Failure.badArguments("--data-dir cannot be " + directory);
    }
    Files.createDirectories(parent);
    Path backup = Files.createTempFile(parent, directory.getFileName() + ".", ".backup");
    try {
      // One member's state is asked for; any of them has it.
      SnapshotStream.save(source.each().getFirst(), backup, 0);
      invocation
          .console()
          .errors()
          .line("received %d bytes; restoring".formatted(Files.size(backup)));
      invocation.console().errors().flush();
      RestoreProgram.run(invocation, FLAGS, backup.toString(), LEASE_GRACE);
    } finally {
      Files.deleteIfExists(backup);
    }
    invocation
        .console()
        .output()
        .line("%s is seeded: start the member, then migrate --keep-revisions".formatted(directory));
  }
}
