package io.kvorum.node.ctl;

import java.util.logging.Level;
import java.util.logging.Logger;

/// The log of the libraries: silent, unless `--debug` asks for it.
final class Diagnostics {

  /// Held here because the log system forgets the settings of loggers that nobody holds.
  private static final Logger ROOT = Logger.getLogger("");

  private Diagnostics() {}

  static void set(boolean debug) {
    ROOT.setLevel(debug ? Level.INFO : Level.OFF);
  }
}
