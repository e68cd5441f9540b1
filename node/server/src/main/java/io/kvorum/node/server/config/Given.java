package io.kvorum.node.server.config;

/// A text that somebody gave for a flag, and where.
record Given(String text, Source source) {

  /// Where a text came from; names it for messages.
  sealed interface Source {

    record CommandLine() implements Source {}

    record Environment() implements Source {}

    record File(String path) implements Source {}
  }

  /// How a message names the flag, so that the reader finds what to change.
  String subject(Flag<?> flag) {
    return switch (source) {
      case Source.CommandLine() -> "--" + flag.name();
      case Source.Environment() -> flag.environmentName();
      case Source.File(String path) -> flag.name() + " in " + path;
    };
  }
}
