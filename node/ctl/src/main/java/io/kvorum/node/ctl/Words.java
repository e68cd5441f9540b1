package io.kvorum.node.ctl;

import java.util.ArrayList;
import java.util.List;

/// The words of a line, as a shell would split it: blanks separate, quotes hold together, and a
/// word in double quotes may hold escapes. Text is raw, one character per byte.
final class Words {

  private Words() {}

  static List<String> split(String line) throws Failure {
    var words = new ArrayList<String>();
    int at = 0;
    while (at < line.length()) {
      char c = line.charAt(at);
      if (Character.isWhitespace(c)) {
        at++;
      } else if (c == '\'') {
        int end = line.indexOf('\'', at + 1);
        if (end < 0) {
          throw Failure.invalidInput("no closing ' in: " + Flags.bytes(line).toStringUtf8());
        }
        words.add(line.substring(at + 1, end));
        at = end + 1;
      } else if (c == '"') {
        Quoted quoted = Quoted.read(line, at);
        if (quoted == null) {
          throw Failure.invalidInput(
              "no well-formed \"...\" in: " + Flags.bytes(line).toStringUtf8());
        }
        words.add(quoted.text());
        at = quoted.end();
      } else {
        int end = at;
        while (end < line.length() && !Character.isWhitespace(line.charAt(end))) {
          end++;
        }
        words.add(line.substring(at, end));
        at = end;
      }
    }
    return words;
  }
}
