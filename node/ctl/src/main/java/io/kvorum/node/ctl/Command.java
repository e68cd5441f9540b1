package io.kvorum.node.ctl;

import java.io.IOException;
import java.util.List;

/// One command: its words, what it takes, what its help says, and what it does.
///
/// `path` is `put` or `member list`; `arguments` are shown in the help as `KEY [END]`.
record Command(
    String path,
    String arguments,
    String summary,
    String details,
    List<Flag> flags,
    Action action) {

  Command {
    flags = List.copyOf(flags);
  }

  /// What a command does. Failures end it with a line and an exit code.
  @FunctionalInterface
  interface Action {
    void run(Invocation invocation) throws Failure, IOException;
  }
}
