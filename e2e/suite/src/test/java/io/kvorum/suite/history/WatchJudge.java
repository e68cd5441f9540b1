package io.kvorum.suite.history;

import java.util.ArrayList;
import java.util.List;

/// Decides whether watchers were sent every change once, in order, whole revisions at a time, and
/// told of no progress ahead of the changes, also where they went on at another member.
final class WatchJudge {

  private final Chronicle chronicle;
  private final List<String> violations = new ArrayList<>();

  private WatchJudge(Chronicle chronicle) {
    this.chronicle = chronicle;
  }

  static List<String> violations(List<Watching> watches, Chronicle chronicle) {
    var judge = new WatchJudge(chronicle);
    watches.forEach(judge::explain);
    return judge.violations;
  }

  private void explain(Watching watching) {
    long seen = watching.startRevision() - 1;
    for (Watching.Delivery delivery : watching.deliveries()) {
      List<Change> expected = chronicle.between(watching.span(), seen, reached(delivery));
      if (!expected.equals(delivery.changes())) {
        violations.add(
            "%s had all up to revision %d, was then sent %s and told of revision %d, but the record says %s"
                .formatted(
                    watching.watcher(), seen, delivery.changes(), delivery.revision(), expected));
        return;
      }
      seen = Math.max(seen, reached(delivery));
    }
  }

  /// Up to where the watcher has everything behind a delivery. Changes come as they are applied:
  /// the response's own revision may be ahead of them, where progress is told it may not.
  private static long reached(Watching.Delivery delivery) {
    return delivery.changes().isEmpty()
        ? delivery.revision()
        : delivery.changes().getLast().revision();
  }
}
