package io.kvorum.suite.history;

import io.kvorum.suite.history.Operation.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The store's own account of what changed, and what it therefore held at each revision.
final class Chronicle {

  private final NavigableMap<Long, List<Change>> commits = new TreeMap<>();
  private final NavigableMap<String, NavigableMap<Long, Change>> byKey = new TreeMap<>();
  private final Map<String, Change> byValue = new HashMap<>();
  private final List<String> flaws = new ArrayList<>();

  /// @param record as a watch of all of it gives it
  Chronicle(List<Change> record) {
    long last = 0;
    for (Change change : record) {
      if (change.revision() < last) {
        flaws.add("the record goes back from revision " + last + " to " + change);
      }
      last = change.revision();
      commits.computeIfAbsent(change.revision(), _ -> new ArrayList<>()).add(change);
      var versions = byKey.computeIfAbsent(change.key(), _ -> new TreeMap<>());
      if (versions.put(change.revision(), change) != null) {
        flaws.add("changed twice at one revision: " + change);
      }
      Change earlier = change.value() == null ? null : byValue.put(change.value(), change);
      if (earlier != null) {
        flaws.add("written twice: " + earlier + " and " + change);
      }
    }
  }

  /// What no record may be, whatever was asked of the store.
  List<String> flaws() {
    return flaws;
  }

  /// Everything that changed, by revision.
  NavigableMap<Long, List<Change>> commits() {
    return commits;
  }

  /// What changed at the revision; nothing if none of these keys did.
  List<Change> commit(long revision) {
    return commits.getOrDefault(revision, List.of());
  }

  /// The changes within the span behind a revision and up to another, in order.
  List<Change> between(Span span, long behind, long upTo) {
    return upTo <= behind
        ? List.of()
        : commits.subMap(behind, false, upTo, true).values().stream()
            .flatMap(List::stream)
            .filter(change -> span.contains(change.key()))
            .toList();
  }

  /// The revision at which the value was written, 0 if it never was.
  long revisionOf(String value) {
    Change change = byValue.get(value);
    return change == null ? 0 : change.revision();
  }

  /// The change that the key's content is of, null if it has none then.
  @Nullable Change at(String key, long revision) {
    NavigableMap<Long, Change> versions = byKey.get(key);
    Map.Entry<Long, Change> entry = versions == null ? null : versions.floorEntry(revision);
    return entry == null || entry.getValue().deletes() ? null : entry.getValue();
  }

  /// The key's mod revision, 0 if it does not exist then.
  long modRevision(String key, long revision) {
    Change change = at(key, revision);
    return change == null ? 0 : change.revision();
  }

  /// What stands within the span, in the order of keys.
  List<Row> state(Span span, long revision) {
    var rows = new ArrayList<Row>();
    for (String key : byKey.navigableKeySet()) {
      Change change = span.contains(key) ? at(key, revision) : null;
      if (change != null && change.value() != null) {
        rows.add(new Row(key, change.value(), change.revision(), change.lease()));
      }
    }
    return rows;
  }
}
