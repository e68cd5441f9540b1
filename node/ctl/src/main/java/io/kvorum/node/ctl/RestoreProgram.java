package io.kvorum.node.ctl;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// The member's program in its role of restoring backups: only it writes data directories.
final class RestoreProgram {

  /// What the new member is to be.
  static final List<Flag> MEMBER_FLAGS =
      List.of(
          Flag.text("name", "default", "the member's name"),
          Flag.text("data-dir", "", "the directory to write; NAME.etcd when it is not set"),
          Flag.text("wal-dir", "", "the log directory; inside the data directory when not set"),
          Flag.text("initial-cluster", "default=http://localhost:2380", "NAME=URL of all members"),
          Flag.text("initial-cluster-token", "etcd-cluster", "sets the new cluster's ids apart"),
          Flag.text("initial-advertise-peer-urls", "http://localhost:2380", "this member's URLs"));

  static final Flag LEASE_GRACE =
      Flag.number("lease-grace", "let no lease end before so many seconds have passed");

  private RestoreProgram() {}

  /// Runs it with those of the flags that were given.
  ///
  /// @param more words beside them
  static void run(Invocation invocation, List<Flag> flags, String file, String... more)
      throws Failure, IOException {
    String root = System.getProperty("kvorum.root", "");
    if (root.isEmpty()) {
      throw Failure.error(
          "the member's program is not known here: run it with restore-snapshot and these flags");
    }
    var words = new ArrayList<String>(List.of(root + "/kvorum", "node", "restore-snapshot"));
    for (Flag flag : flags) {
      if (invocation.flags().isSet(flag.name())) {
        words.add("--" + flag.name() + "=" + invocation.flags().text(flag.name()));
      }
    }
    words.addAll(List.of(more));
    words.add(file);
    if (new ProcessBuilder(words).inheritIO().start().onExit().join().exitValue() != 0) {
      throw Failure.error("");
    }
  }
}
