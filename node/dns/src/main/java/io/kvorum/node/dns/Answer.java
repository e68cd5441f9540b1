package io.kvorum.node.dns;

import java.util.List;

/// What DNS says about a service.
public sealed interface Answer {

  /// Where it is: at least one place, sorted.
  record Found(List<Target> targets) implements Answer {
    public Found {
      targets = List.copyOf(targets);
    }
  }

  /// There are no such records.
  record Missing(String name) implements Answer {}

  /// No server gave an answer; another time one may.
  record Silent(String name, String why) implements Answer {}
}
