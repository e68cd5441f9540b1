package io.kvorum.node.server.tcpgateway;

import io.kvorum.node.server.config.Endpoint;
import io.kvorum.node.server.discovery.ClientEndpoints.Preferred;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Whose turn it is: of those that have not failed, the ones with the lowest priority, each as
/// often as its weight says.
final class Remotes {

  private final List<Preferred> all;
  private final Set<Endpoint> failed = new LinkedHashSet<>();

  /// How many turns were given.
  private long turns;

  Remotes(List<Preferred> all) {
    this.all = List.copyOf(all);
  }

  /// The next one. When all have failed, each has its turn all the same: nothing is lost by it.
  synchronized Endpoint next() {
    List<Preferred> best = best();
    if (best.isEmpty()) {
      best = all;
    }
    long turn = turns++;
    long total = best.stream().mapToLong(Remotes::share).sum();
    long ticket = turn % total;
    for (Preferred remote : best) {
      ticket -= share(remote);
      if (ticket < 0) {
        return remote.endpoint();
      }
    }
    throw new IllegalStateException("a turn of nobody");
  }

  private List<Preferred> best() {
    var best = new ArrayList<Preferred>();
    for (Preferred remote : all) {
      if (failed.contains(remote.endpoint())
          || (!best.isEmpty() && remote.priority() > best.getFirst().priority())) {
        continue;
      }
      if (!best.isEmpty() && remote.priority() < best.getFirst().priority()) {
        best.clear();
      }
      best.add(remote);
    }
    return best;
  }

  /// Those without weight come up now and then, too.
  private static long share(Preferred remote) {
    return Math.max(1, remote.weight());
  }

  /// It gets no turn until it is back; false if it had none before.
  synchronized boolean failed(Endpoint remote) {
    return failed.add(remote);
  }

  synchronized List<Endpoint> failed() {
    return List.copyOf(failed);
  }

  /// It takes connections again; false if it did before.
  synchronized boolean back(Endpoint remote) {
    return failed.remove(remote);
  }

  int size() {
    return all.size();
  }
}
