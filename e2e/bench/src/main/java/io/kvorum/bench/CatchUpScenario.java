package io.kvorum.bench;

/// A member that joins three, until it has all of their keys.
///
/// @param keys how many
record CatchUpScenario(long keys) implements Scenario {

  static final String NAME = "fourth member caught up";

  private static final int MEMBERS = 3;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int members() {
    return MEMBERS;
  }

  @Override
  public void run(Run run) {
    try (Cluster cluster = run.start(MEMBERS)) {
      Comparison.say("  loading %,d keys".formatted(keys));
      LoadScenario.fill(cluster, run.settings(), keys);
      double seconds = cluster.addMember();
      run.add(new Case(MEMBERS, NAME), new Results.Measurement().with(Figure.SECONDS, seconds));
    }
  }
}
