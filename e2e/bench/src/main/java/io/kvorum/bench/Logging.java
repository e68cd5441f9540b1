package io.kvorum.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the libraries quiet: what a user of a load program wants to read is its figures.
final class Logging {

  private Logging() {}

  static void quiet() {
    if (LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
      root.setLevel(Level.ERROR);
    }
    java.util.logging.Logger.getLogger("").setLevel(java.util.logging.Level.SEVERE);
  }
}
