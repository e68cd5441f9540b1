package io.kvorum.bench;

/// Cases that share a cluster.
interface Scenario {

  /// What the progress lines call it.
  String name();

  int members();

  /// Measures all its cases on one contender, whose clusters it starts and removes.
  void run(Run run);

  /// One contender's turn in one round.
  ///
  /// @param contender its place in the comparison
  record Run(Contender program, int contender, Settings settings, Results results) {

    Cluster start(int members) {
      return new Cluster(program, members, settings.folder(), settings.quotaBytes());
    }

    void add(Case what, Results.Measurement measurement) {
      results.add(what, contender, measurement);
      var line = new StringBuilder("  " + what.name() + ":");
      measurement
          .figures()
          .forEach((figure, value) -> {
            boolean shown =
                switch (figure) {
                  case RATE, SECONDS, LONGEST, CPU, RESIDENT, P99 -> true;
                  case FAILED -> value > 0;
                  case P50, P999, WRITTEN, LOAD_CPU -> false;
                };
            if (shown) {
              line.append(" %s %s;".formatted(figure.format(value), figure.text()));
            }
          });
      Comparison.say(line.substring(0, line.length() - 1));
    }
  }
}
