package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import java.util.List;

/// What the words of a command line mean.
///
/// `beforeDash` is how many arguments stand before `--`; all when there is none.
record CommandLine(Command command, Flags flags, List<ByteString> arguments, int beforeDash) {

  CommandLine {
    arguments = List.copyOf(arguments);
  }
}
