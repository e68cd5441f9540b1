package io.kvorum.node.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The table of commands in the compatibility page against the commands and flags there are: each
/// has its row, and what a row calls missing is not there.
final class CommandTableTest {

  private static final String HEAD = "| command | flags | compared | |";
  private static final String EVERY_COMMAND = "every command";
  private static final Set<String> MISSING = Set.of("missing");
  private static final Set<String> THERE = Set.of("same", "better", "different", "more");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  /// One row of the table.
  private record Row(String command, Set<String> flags, String compared, String why) {}

  @Test
  void everyCommandAndFlag_hasItsRow() throws IOException {
    var expected = new TreeMap<String, Set<String>>();
    expected.put(EVERY_COMMAND, names(Settings.FLAGS));
    Commands.all().forEach(command -> expected.put(command.path(), names(command.flags())));
    var actual = new TreeMap<String, Set<String>>();
    for (Row row : rows()) {
      if (THERE.contains(row.compared())) {
        assertThat(actual.put(row.command(), row.flags())).as("second row of " + row).isNull();
      }
    }
    assertThat(actual).isEqualTo(expected);
  }

  @Test
  void whatIsMissing_isNotThere_andSaysWhy() throws IOException {
    for (Row row : rows()) {
      assertThat(row.compared()).as(row.toString()).isIn(union());
      if (!row.compared().equals("same")) {
        assertThat(row.why()).as("why: " + row).isNotEmpty();
      }
      if (MISSING.contains(row.compared())) {
        assertThat(isThere(row)).as(row.toString()).isFalse();
      }
    }
  }

  private static List<String> union() {
    var all = new ArrayList<>(THERE);
    all.addAll(MISSING);
    return all;
  }

  private static boolean isThere(Row row) {
    if (row.command().equals(EVERY_COMMAND)) {
      return names(Settings.FLAGS).stream().anyMatch(row.flags()::contains);
    }
    for (Command command : Commands.all()) {
      if (command.path().equals(row.command())) {
        return row.flags().isEmpty()
            || names(command.flags()).stream().anyMatch(row.flags()::contains);
      }
    }
    return false;
  }

  private static Set<String> names(List<Flag> flags) {
    var names = new TreeSet<String>();
    flags.forEach(flag -> names.add("--" + flag.name()));
    return names;
  }

  private static List<Row> rows() throws IOException {
    Path page = ProjectRoot.find().resolve("docs/compatibility.md");
    var rows = new ArrayList<Row>();
    List<String> lines = Files.readAllLines(page);
    int at = lines.indexOf(HEAD);
    assertThat(at).as("the table of commands in " + page).isNotNegative();
    for (String line : lines.subList(at + 2, lines.size())) {
      if (!line.startsWith("|")) {
        break;
      }
      String[] cells = line.split("\\|", -1);
      rows.add(
          new Row(
              cells[1].strip().replace("`", ""),
              new TreeSet<>(CODE.matcher(cells[2]).results().map(CommandTableTest::word).toList()),
              cells[3].strip(),
              cells[4].strip()));
    }
    return rows;
  }

  private static String word(MatchResult found) {
    return found.group(1);
  }
}
