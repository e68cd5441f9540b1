package io.kvorum.node.server.config;

/// Something about the configuration that the log says once logging is set up.
public record Notice(boolean warning, String text) {

  static Notice warning(String text) {
    return new Notice(true, text);
  }

  static Notice information(String text) {
    return new Notice(false, text);
  }
}
