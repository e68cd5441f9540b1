package io.kvorum.node.ctl;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A framed table, for answers that are rows; long cells are broken between words.
record TableFormat(Output output) implements Format {

  /// The widest a column gets before its cells are broken into lines.
  private static final int CELL_WIDTH_MAX = 30;

  @Override
  public void print(Answer answer) throws Failure, Output.Closed {
    switch (answer) {
      case Answer.MemberList members -> print(Rows.members(members));
      case Answer.EndpointHealth health -> print(Rows.health(health));
      case Answer.EndpointStatus status -> print(Rows.status(status));
      case Answer.EndpointHash hashes -> print(Rows.hashes(hashes));
      case Answer.DatabaseStatus status -> print(Rows.database(status));
      case Answer.BackupHash hash -> print(Rows.backupHash(hash));
      case Answer.Put _,
          Answer.Get _,
          Answer.Delete _,
          Answer.Txn _,
          Answer.Watch _,
          Answer.LeaseGrant _,
          Answer.LeaseRevoke _,
          Answer.LeaseTimeToLive _,
          Answer.LeaseKeepAlive _,
          Answer.LeaseList _,
          Answer.MemberAdd _,
          Answer.MemberRemove _,
          Answer.MemberUpdate _,
          Answer.MemberPromote _,
          Answer.MoveLeader _,
          Answer.Downgrade _,
          Answer.Alarms _,
          Answer.Accounts _ ->
          throw Format.unsupported("table");
    }
  }

  private void print(Rows rows) throws Output.Closed {
    output.text(render(rows));
  }

  static String render(Rows rows) {
    List<String> header =
        rows.header().stream().map(title -> title.toUpperCase(Locale.ROOT)).toList();
    var widths = new int[header.size()];
    for (int column = 0; column < widths.length; column++) {
      widths[column] = Math.min(CELL_WIDTH_MAX, Wrapping.width(header.get(column)));
    }
    var cells = new ArrayList<List<List<String>>>();
    for (List<String> row : rows.rows()) {
      cells.add(broken(row, widths));
    }
    for (int column = 0; column < widths.length; column++) {
      widths[column] = Math.max(widths[column], Wrapping.width(header.get(column)));
    }
    String rule = rule(widths);
    var table = new StringBuilder(rule).append('|');
    for (int column = 0; column < widths.length; column++) {
      table.append(' ').append(centred(header.get(column), widths[column])).append(" |");
    }
    table.append('\n').append(rule);
    for (List<List<String>> row : cells) {
      append(table, row, widths);
    }
    return (cells.isEmpty() ? table : table.append(rule)).toString();
  }

  /// Breaks the cells of a row at the widths reached so far, which they may widen.
  private static List<List<String>> broken(List<String> row, int[] widths) {
    var lines = new ArrayList<List<String>>();
    for (int column = 0; column < widths.length; column++) {
      String cell = row.get(column);
      widths[column] = Math.max(widths[column], Math.min(CELL_WIDTH_MAX, Wrapping.width(cell)));
      List<String> broken = Wrapping.lines(cell, widths[column]);
      for (String line : broken) {
        widths[column] = Math.max(widths[column], Wrapping.width(line));
      }
      lines.add(broken);
    }
    return lines;
  }

  private static void append(StringBuilder table, List<List<String>> row, int[] widths) {
    int height = row.stream().mapToInt(List::size).max().orElse(0);
    for (int line = 0; line < height; line++) {
      table.append('|');
      for (int column = 0; column < widths.length; column++) {
        List<String> cell = row.get(column);
        String text = line < cell.size() ? cell.get(line) : "";
        table.append(' ').append(" ".repeat(Math.max(0, widths[column] - Wrapping.width(text))));
        table.append(text).append(" |");
      }
      table.append('\n');
    }
  }

  private static String rule(int[] widths) {
    var rule = new StringBuilder("+");
    for (int width : widths) {
      rule.append("-".repeat(width + 2)).append('+');
    }
    return rule.append('\n').toString();
  }

  private static String centred(String text, int width) {
    int gap = Math.max(0, width - Wrapping.width(text));
    return " ".repeat(gap / 2) + text + " ".repeat(gap - gap / 2);
  }
}
