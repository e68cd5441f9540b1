package io.kvorum.node.ctl;

import java.io.IOException;
import java.util.List;

/// One command of API v2: its words, what it takes, what its help says, and what it does.
record V2Command(String path, String arguments, String summary, List<Flag> flags, Action action) {

  V2Command {
    flags = List.copyOf(flags);
  }

  /// What a command does. Failures end it with a line and an exit code.
  @FunctionalInterface
  interface Action {
    void run(V2Invocation invocation) throws Failure, IOException;
  }
}
