package io.kvorum.suite.conformance;

import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The table of docs/compatibility.md: where Kvorum answers differently from etcd 3.4, and why.
///
/// A row is `| operation | what 3.4 answers | what Kvorum answers | reason |`; the first three
/// cells are regular expressions in backticks, found in the step and in the two answers.
public record KnownDifferences(List<Row> rows) {

  private static final Path PAGE = ProjectRoot.find().resolve("docs/compatibility.md");
  private static final Pattern ROW =
      Pattern.compile("\\| `([^`]*)` \\| `([^`]*)` \\| `([^`]*)` \\| (.*) \\|");

  /// One row: an operation, and what the two answer to it.
  public record Row(Pattern operation, Pattern etcd, Pattern kvorum, String reason) {
    public boolean explains(String what, String theirs, String ours) {
      return operation.matcher(what).find()
          && etcd.matcher(theirs).find()
          && kvorum.matcher(ours).find();
    }

    private boolean explains(Difference difference) {
      return explains(difference.step().toString(), difference.etcd(), difference.kvorum());
    }
  }

  /// The rows of the page.
  public static KnownDifferences read() throws IOException {
    List<Row> rows =
        Files.readAllLines(PAGE).stream()
            .map(ROW::matcher)
            .filter(row -> row.matches())
            .map(row ->
                new Row(
                    pattern(row.group(1)),
                    pattern(row.group(2)),
                    pattern(row.group(3)),
                    row.group(4)))
            .toList();
    if (rows.isEmpty()) {
      throw new IllegalStateException("no row of differences in " + PAGE);
    }
    return new KnownDifferences(rows);
  }

  /// A vertical line would end the cell, so the table writes it as an entity.
  private static Pattern pattern(String cell) {
    return Pattern.compile(cell.replace("&#124;", "|"));
  }

  /// What no row explains. Where a row explains that one server refused what the other did, their
  /// contents differ from there on, and only the answers before it count.
  List<Difference> unexplained(List<Difference> differences) {
    var unexplained = new ArrayList<Difference>();
    for (Difference difference : differences) {
      if (rows.stream().noneMatch(row -> row.explains(difference))) {
        unexplained.add(difference);
      } else if (difference.parts()) {
        unexplained.removeIf(earlier -> earlier.step() instanceof Step.Watch);
        return unexplained;
      }
    }
    return unexplained;
  }
}
