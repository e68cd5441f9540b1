package io.kvorum.node.ctl;

import java.io.InputStream;
import java.util.Map;

/// Where a command line reads and writes: the process's streams and environment, or a test's.
///
/// Values of the environment are raw text, one character per byte.
record Console(InputStream input, Output output, Output errors, Map<String, String> environment) {

  Console {
    environment = Map.copyOf(environment);
  }
}
