package io.kvorum.suite.history;

import java.util.List;

/// Everything that clients of one store say about it.
record Testimony(List<Operation> operations, List<LeaseLife> leases, List<Watching> watches) {

  static Testimony of(List<Operation> operations) {
    return new Testimony(operations, List.of(), List.of());
  }
}
