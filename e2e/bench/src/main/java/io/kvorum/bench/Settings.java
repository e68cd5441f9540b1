package io.kvorum.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// What is the same for all contenders.
///
/// @param kinds which cases
/// @param clientsPerConnection how many logical clients share a connection
/// @param within rounds after the first leave out what would end later than this
/// @param settle how long puts and reads run on every fresh cluster before its first case
/// @param pause between puts and reads at rest: etcd commits what was put in the background
/// @param trials of what happens once: starts, failovers
/// @param loadedKeys how many keys the large stores have, one size after the other
record Settings(
    List<Contender> contenders,
    List<Integer> members,
    Set<Kind> kinds,
    List<Integer> clients,
    int clientsPerConnection,
    int rounds,
    Duration within,
    Duration settle,
    Duration warmUp,
    Duration duration,
    Duration pause,
    int trials,
    int keySize,
    int valueSize,
    long keySpace,
    List<Long> loadedKeys,
    int watchers,
    long quotaBytes,
    Path folder) {

  /// The kinds of cases, by the names of the command line.
  enum Kind {
    PUT,
    RANGE,
    TXN,
    MIXED,
    LEASE,
    WATCH,
    LOADED,
    CATCH_UP,
    FAILOVER,
    START
  }

  boolean has(Kind kind) {
    return kinds.contains(kind);
  }

  Keys keys() {
    return new Keys(keySize, keySpace, false);
  }
}
