package io.kvorum.testkit;

import java.util.ArrayList;
import java.util.List;

/// The difference of two texts as a person reads it: unchanged lines around changed ones.
final class Diff {

  private static final int CONTEXT_LINES = 3;

  private Diff() {}

  /// Lines prefixed by `-` (only expected), `+` (only actual) or a blank (both).
  static String unified(String expected, String actual) {
    List<String> rows = rows(expected.split("\n", -1), actual.split("\n", -1));
    var shown = new StringBuilder();
    boolean gap = false;
    for (int i = 0; i < rows.size(); i++) {
      if (nearChange(rows, i)) {
        shown.append(rows.get(i)).append('\n');
        gap = false;
      } else if (!gap) {
        shown.append("  ...\n");
        gap = true;
      }
    }
    return shown.toString();
  }

  private static boolean nearChange(List<String> rows, int at) {
    int from = Math.max(0, at - CONTEXT_LINES);
    int to = Math.min(rows.size() - 1, at + CONTEXT_LINES);
    for (int i = from; i <= to; i++) {
      if (rows.get(i).charAt(0) != ' ') {
        return true;
      }
    }
    return false;
  }

  /// Equal heads and tails are cut first, so that the quadratic table stays small.
  private static List<String> rows(String[] a, String[] b) {
    int head = 0;
    while (head < a.length && head < b.length && a[head].equals(b[head])) {
      head++;
    }
    int tail = 0;
    while (tail < a.length - head
        && tail < b.length - head
        && a[a.length - 1 - tail].equals(b[b.length - 1 - tail])) {
      tail++;
    }
    var rows = new ArrayList<String>();
    for (int i = 0; i < head; i++) {
      rows.add("  " + a[i]);
    }
    middle(rows, a, b, head, tail);
    for (int i = a.length - tail; i < a.length; i++) {
      rows.add("  " + a[i]);
    }
    return rows;
  }

  private static void middle(List<String> rows, String[] a, String[] b, int head, int tail) {
    int n = a.length - tail - head;
    int m = b.length - tail - head;
    int[][] common = new int[n + 1][m + 1];
    for (int i = n - 1; i >= 0; i--) {
      for (int j = m - 1; j >= 0; j--) {
        common[i][j] =
            a[head + i].equals(b[head + j])
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
    int i = 0;
    int j = 0;
    while (i < n || j < m) {
      if (i < n && j < m && a[head + i].equals(b[head + j])) {
        rows.add("  " + a[head + i]);
        i++;
        j++;
      } else if (j == m || (i < n && common[i + 1][j] >= common[i][j + 1])) {
        rows.add("- " + a[head + i++]);
      } else {
        rows.add("+ " + b[head + j++]);
      }
    }
  }
}
