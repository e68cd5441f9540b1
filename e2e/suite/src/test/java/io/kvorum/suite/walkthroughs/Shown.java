package io.kvorum.suite.walkthroughs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// What a command printed without what differs from one run to the next: ids, versions, sizes,
/// positions in the log, who leads, the widths of columns, and the order of what comes by its id.
final class Shown {

  /// Columns of tables that say other things each time, or for each cluster.
  private static final Set<String> VARYING =
      Set.of(
          "ID", "VERSION", "DB SIZE", "IS LEADER", "RAFT TERM", "RAFT INDEX", "RAFT APPLIED INDEX");

  private Shown() {}

  static String of(String printed) {
    var lines = new ArrayList<String>();
    var table = new ArrayList<String>();
    for (String line : printed.lines().toList()) {
      if (line.startsWith("|")) {
        table.add(line);
      } else if (!line.startsWith("+-")) {
        flush(table, lines);
        lines.add(masked(line));
      }
    }
    flush(table, lines);
    return String.join("\n", sorted(lines));
  }

  private static void flush(List<String> table, List<String> lines) {
    if (!table.isEmpty()) {
      List<String> columns = cells(table.getFirst());
      lines.add(row(columns));
      table.stream()
          .skip(1)
          .map(line -> row(masked(columns, cells(line))))
          .sorted()
          .forEach(lines::add);
      table.clear();
    }
  }

  private static List<String> cells(String line) {
    return Arrays.stream(line.substring(1, line.length() - 1).split("\\|", -1))
        .map(String::strip)
        .toList();
  }

  private static String row(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |"));
  }

  private static List<String> masked(List<String> columns, List<String> cells) {
    var masked = new ArrayList<String>();
    for (int i = 0; i < cells.size(); i++) {
      boolean varies = VARYING.contains(columns.get(i)) && !cells.get(i).isEmpty();
      masked.add(varies ? columns.get(i).toLowerCase(Locale.ROOT) : cells.get(i));
    }
    return masked;
  }

  private static String masked(String line) {
    String masked =
        line.replaceAll("\\b[0-9a-f]{13,16}(?![0-9a-f])", "ID")
            .replaceAll("isLeader=(true|false)", "isLeader=…")
            .replaceAll("(?i)(index)\":\\d+", "$1\":N")
            .replaceAll("(Member|cluster) +ID", "$1 ID")
            .replaceAll("\\[\\d+]$", "[N]");
    if (masked.startsWith("ETCD_INITIAL_CLUSTER=")) {
      String[] members = masked.substring(masked.indexOf('"') + 1, masked.length() - 1).split(",");
      Arrays.sort(members);
      return "ETCD_INITIAL_CLUSTER=\"" + String.join(",", members) + "\"";
    }
    return masked;
  }

  /// Neighbours that begin with an id, or are keys of one directory, come in no order of their own.
  private static List<String> sorted(List<String> lines) {
    var result = new ArrayList<String>();
    int from = 0;
    for (int at = 0; at <= lines.size(); at++) {
      boolean unordered = at < lines.size() && isUnordered(lines.get(at));
      if (!unordered) {
        List<String> block = new ArrayList<>(lines.subList(from, at));
        block.sort(Comparator.naturalOrder());
        result.addAll(block);
        if (at < lines.size()) {
          result.add(lines.get(at));
        }
        from = at + 1;
      }
    }
    return result;
  }

  private static boolean isUnordered(String line) {
    return line.matches("(ID[,:\\[]|member ID is |/[^ ]*/).*");
  }
}
