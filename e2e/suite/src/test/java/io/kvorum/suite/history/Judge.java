package io.kvorum.suite.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Decides whether a history is linearizable and durable, given the store's record of changes.
///
/// The store numbers its changes, so the total order that linearizability asks for need not be
/// searched: it is the order of revisions. What remains to be checked is that this order explains
/// every answer (each acknowledged write stands where its answer said, each compare saw its
/// predecessor, each read equals the state at its revision), that nothing stands in it that nobody
/// wrote or that was refused or stands there twice, and that it respects real time: what completed
/// before an operation began has a smaller or equal revision.
public final class Judge {

  private static final int SHOWN_VIOLATIONS = 20;

  private final Map<String, NavigableMap<Long, String>> byKey = new HashMap<>();
  private final Map<String, Change> byValue = new HashMap<>();
  private final List<String> violations = new ArrayList<>();

  private Judge() {}

  /// The violations found, in plain words; empty when the history is good.
  static List<String> violations(List<Operation> history, List<Change> record) {
    var judge = new Judge();
    judge.index(record);
    var written = new HashSet<String>();
    for (Operation operation : history) {
      judge.explain(operation);
      if (!(operation.request() instanceof Operation.Read)) {
        written.add(valueOf(operation.request()));
      }
    }
    for (Change change : record) {
      if (!written.contains(change.value())) {
        judge.violated("nobody wrote " + change);
      }
    }
    judge.respectRealTime(history);
    return judge.violations.stream().limit(SHOWN_VIOLATIONS).toList();
  }

  private static String valueOf(Operation.Request request) {
    return switch (request) {
      case Operation.Put put -> put.value();
      case Operation.CompareAndSet set -> set.value();
      case Operation.Read read -> throw new IllegalArgumentException("no value: " + read);
    };
  }

  private void index(List<Change> record) {
    long last = 0;
    for (Change change : record) {
      if (change.revision() <= last) {
        violated("the record goes back from revision " + last + " to " + change);
      }
      last = change.revision();
      byKey
          .computeIfAbsent(change.key(), _ -> new TreeMap<>())
          .put(change.revision(), change.value());
      Change earlier = byValue.put(change.value(), change);
      if (earlier != null) {
        violated("written twice: " + earlier + " and " + change);
      }
    }
  }

  private void explain(Operation operation) {
    Optional<Change> found =
        operation.request() instanceof Operation.Read
            ? Optional.empty()
            : Optional.ofNullable(byValue.get(valueOf(operation.request())));
    switch (operation.result()) {
      case Operation.Written written -> {
        if (found.isEmpty()) {
          violated("acknowledged but lost: " + operation);
        } else if (found.get().revision() != written.revision()
            || !found.get().key().equals(operation.request().key())) {
          violated("acknowledged otherwise than recorded: " + operation + ", " + found.get());
        }
      }
      case Operation.Refused _ -> {
        if (found.isPresent()) {
          violated("refused but written: " + operation + ", " + found.get());
        }
      }
      case Operation.Seen seen -> explainRead(operation, seen);
      case Operation.Unknown _ -> {}
    }
    if (operation.request() instanceof Operation.CompareAndSet set && found.isPresent()) {
      explainCompare(set, found.get());
    }
    if (operation.request() instanceof Operation.CompareAndSet set
        && operation.result() instanceof Operation.Refused refused
        && modRevisionAt(set.key(), refused.revision()) == set.expectedModRevision()) {
      violated("refused though the comparison holds at its revision: " + operation);
    }
  }

  private void explainCompare(Operation.CompareAndSet set, Change change) {
    long before = modRevisionAt(set.key(), change.revision() - 1);
    if (before != set.expectedModRevision()) {
      violated(
          "compare expected revision %d but %d stood before: %s"
              .formatted(set.expectedModRevision(), before, change));
    }
  }

  private void explainRead(Operation operation, Operation.Seen seen) {
    Map.Entry<Long, String> expected = stateAt(operation.request().key(), seen.revision());
    Optional<Operation.Value> value =
        Optional.ofNullable(expected).map(e -> new Operation.Value(e.getValue(), e.getKey()));
    if (!seen.value().equals(value)) {
      violated("read " + operation + " but the record says " + value);
    }
  }

  private Map.@Nullable Entry<Long, String> stateAt(String key, long revision) {
    NavigableMap<Long, String> changes = byKey.get(key);
    return changes == null ? null : changes.floorEntry(revision);
  }

  private long modRevisionAt(String key, long revision) {
    Map.Entry<Long, String> entry = stateAt(key, revision);
    return entry == null ? 0 : entry.getKey();
  }

  /// Sweeps operations by the time they began, beside those by the time they completed: an
  /// operation's revision is at least the highest one that had completed when it began. A write
  /// that had completed is strictly smaller than a later write, which unique revisions imply.
  private void respectRealTime(List<Operation> history) {
    List<Operation> byStart =
        history.stream().sorted(Comparator.comparingLong(Operation::invoked)).toList();
    List<Operation> byEnd =
        history.stream().sorted(Comparator.comparingLong(Operation::completed)).toList();
    long highest = 0;
    int ended = 0;
    for (Operation operation : byStart) {
      while (ended < byEnd.size() && byEnd.get(ended).completed() < operation.invoked()) {
        highest = Math.max(highest, revisionOf(byEnd.get(ended)));
        ended++;
      }
      long revision = revisionOf(operation);
      if (revision > 0 && revision < highest) {
        violated("stale: revision " + highest + " had been answered before " + operation);
      }
    }
  }

  /// The revision that the operation's answer names, 0 when it names none.
  private static long revisionOf(Operation operation) {
    return switch (operation.result()) {
      case Operation.Written written -> written.revision();
      case Operation.Refused refused -> refused.revision();
      case Operation.Seen seen -> seen.revision();
      case Operation.Unknown _ -> 0;
    };
  }

  private void violated(String what) {
    violations.add(what);
  }
}
