package io.kvorum.node.server.config;

/// What the member makes of a flag that etcd knows. None is ever silently ignored.
public sealed interface Standing {

  /// The flag does what its help says.
  record Works() implements Standing {}

  /// The flag is read and changes nothing; setting it logs one line with the reason.
  record NoEffect(String why) implements Standing {}

  /// The default is accepted; any other value refuses to start, with the reason and the way out.
  record Refused(String why) implements Standing {}

  /// An old name: the value goes to the flag that replaced it, with a warning.
  record Renamed(String to) implements Standing {}

  /// An old switch whose meaning is now a feature gate, with a warning.
  record Gate(String gate) implements Standing {}
}
