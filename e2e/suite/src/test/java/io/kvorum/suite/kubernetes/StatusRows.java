package io.kvorum.suite.kubernetes;

import io.kvorum.testkit.Program;
import java.util.List;
import java.util.stream.Stream;

/// What `kubectl get kvc -w` shows of a cluster, from the moment it is formed.
final class StatusRows implements AutoCloseable {

  private static final String COLUMNS =
      "custom-columns=G:.metadata.generation,O:.status.observedGeneration,D:.spec.replicas,"
          + "V:.status.votingMembers,R:.status.readyReplicas,P:.status.phase,"
          + "A:.status.conditions[?(@.type==\"Available\")].status,Q:.status.quorum";

  /// One row. A status speaks of the spec only when it has seen it.
  record Row(
      long generation,
      long observed,
      int desired,
      int voters,
      int ready,
      String phase,
      boolean available,
      int quorum) {

    static Row of(String line) {
      String[] cells = line.trim().split(" +", -1);
      return new Row(
          Long.parseLong(cells[0]),
          Long.parseLong(cells[1]),
          Integer.parseInt(cells[2]),
          Integer.parseInt(cells[3]),
          Integer.parseInt(cells[4]),
          cells[5],
          cells[6].equals("True"),
          Integer.parseInt(cells[7]));
    }

    /// Whether it shows that a voter is missed.
    boolean tellsOfALoss() {
      return ready < voters && phase.equals("Repairing");
    }

    /// Whether it says what cannot be: all is well while something is missing, or the store answers
    /// without a quorum.
    boolean lies() {
      boolean whole = ready == voters && voters == desired;
      return (generation == observed && phase.equals("Running") && !whole)
          || (available && ready < quorum)
          || quorum != voters / 2 + 1;
    }
  }

  private final Program kubectl;

  private StatusRows(Program kubectl) {
    this.kubectl = kubectl;
  }

  static StatusRows watch(LocalKubernetes kubernetes, String cluster) {
    return new StatusRows(
        kubernetes.start("get", "kvc", cluster, "--no-headers", "-w", "-o", COLUMNS));
  }

  Stream<Row> stream() {
    String output = kubectl.output();
    return output.substring(0, output.lastIndexOf('\n') + 1).lines().map(Row::of);
  }

  List<Row> lies() {
    return stream().filter(Row::lies).toList();
  }

  @Override
  public String toString() {
    return "\n" + kubectl.output() + kubectl.errors();
  }

  @Override
  public void close() {
    kubectl.close();
  }
}
