package io.kvorum.node.ctl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Breaks text into lines of about equal length.
final class Wrapping {

  /// What a line longer than the limit costs beside its square: only chosen when nothing else fits.
  private static final long OVERLONG_COST = 100_000;

  private Wrapping() {}

  /// The columns a text takes on a terminal: two for wide letters, none for combining marks.
  static int width(String text) {
    return text.codePoints().map(Wrapping::width).sum();
  }

  private static int width(int point) {
    int type = Character.getType(point);
    if (type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || type == Character.CONTROL
        || type == Character.FORMAT) {
      return 0;
    }
    boolean wide =
        (point >= 0x1100 && point <= 0x115f)
            || (point >= 0x2e80 && point <= 0xa4cf && point != 0x303f)
            || (point >= 0xac00 && point <= 0xd7a3)
            || (point >= 0xf900 && point <= 0xfaff)
            || (point >= 0xfe30 && point <= 0xfe6f)
            || (point >= 0xff00 && point <= 0xff60)
            || (point >= 0xffe0 && point <= 0xffe6)
            || (point >= 0x1f300 && point <= 0x1f64f)
            || (point >= 0x20000 && point <= 0x3fffd);
    return wide ? 2 : 1;
  }

  /// The lines whose unused space, squared and summed over all but the last, is least. A word is
  /// never broken; the last word may push the limit out.
  static List<String> lines(String text, int limit) {
    String[] words = text.replace('\n', ' ').split(" ", -1);
    int bound = Math.max(limit, words[words.length - 1].length());
    var cost = new long[words.length];
    var end = new int[words.length];
    Arrays.fill(cost, Integer.MAX_VALUE);
    for (int first = words.length - 1; first >= 0; first--) {
      choose(words, first, bound, cost, end);
    }
    var lines = new ArrayList<String>();
    for (int first = 0; first < words.length; first = end[first]) {
      lines.add(String.join(" ", Arrays.asList(words).subList(first, end[first])));
    }
    return lines;
  }

  /// Decides how far the line that begins with word `first` goes, given the choices behind it.
  private static void choose(String[] words, int first, int bound, long[] cost, int[] end) {
    int length = -1;
    for (int next = first + 1; next <= words.length; next++) {
      length += 1 + words[next - 1].length();
      if (next == words.length) {
        if (length <= bound) {
          cost[first] = 0;
          end[first] = next;
        }
        break;
      }
      long spare = (long) bound - length;
      long total = spare * spare + cost[next] + (spare < 0 ? OVERLONG_COST : 0);
      if (total < cost[first]) {
        cost[first] = total;
        end[first] = next;
      }
    }
    if (end[first] == 0) {
      end[first] = words.length;
    }
  }
}
