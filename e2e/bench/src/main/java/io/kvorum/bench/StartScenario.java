package io.kvorum.bench;

import java.util.stream.IntStream;

/// A fresh member, until it has taken a put.
record StartScenario() implements Scenario {

  static final String NAME = "fresh start to first put";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int members() {
    return 1;
  }

  @Override
  public void run(Run run) {
    double[] seconds =
        IntStream.range(0, run.settings().trials())
            .mapToDouble(_ -> {
              try (Cluster cluster = run.start(1)) {
                return cluster.secondsToFirstWrite();
              }
            })
            .sorted()
            .toArray();
    run.add(
        new Case(1, NAME),
        new Results.Measurement().with(Figure.SECONDS, seconds[seconds.length / 2]));
  }
}
