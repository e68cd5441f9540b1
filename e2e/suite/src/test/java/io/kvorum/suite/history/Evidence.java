package io.kvorum.suite.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Which revisions somebody had heard of when: what one client was told is committed for all.
final class Evidence {

  /// From this time on, this revision had been heard of.
  private record Heard(long time, long revision) {}

  /// Invariant: ordered by time and by revision.
  private final List<Heard> heard = new ArrayList<>();

  private Evidence() {}

  static Evidence of(Testimony testimony) {
    var all = new ArrayList<Heard>();
    for (Operation operation : testimony.operations()) {
      all.add(new Heard(operation.completed(), told(operation.result())));
    }
    for (Watching watching : testimony.watches()) {
      for (Watching.Delivery delivery : watching.deliveries()) {
        all.add(new Heard(delivery.received(), delivery.revision()));
      }
    }
    all.sort(Comparator.comparingLong(Heard::time));
    var evidence = new Evidence();
    long highest = 0;
    for (Heard one : all) {
      if (one.revision() > highest) {
        highest = one.revision();
        evidence.heard.add(one);
      }
    }
    return evidence;
  }

  /// The revision that an answer names, 0 when it names none.
  static long told(Operation.Result result) {
    return switch (result) {
      case Operation.Written written -> written.revision();
      case Operation.Refused refused -> refused.revision();
      case Operation.Seen seen -> seen.revision();
      case Operation.Unknown _ -> 0;
    };
  }

  /// The highest revision that had been heard of before the time.
  long highestBefore(long time) {
    int low = 0;
    int high = heard.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (heard.get(middle).time() < time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? 0 : heard.get(low - 1).revision();
  }

  /// When the revision, or one behind it, was first heard of; `Long.MAX_VALUE` if never.
  long earliest(long revision) {
    return heard.stream()
        .filter(one -> one.revision() >= revision)
        .mapToLong(Heard::time)
        .findFirst()
        .orElse(Long.MAX_VALUE);
  }
}
