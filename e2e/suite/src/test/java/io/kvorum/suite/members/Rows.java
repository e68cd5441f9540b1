package io.kvorum.suite.members;

import java.util.ArrayList;
import java.util.List;

/// The rows of `endpoint status`, read by their columns.
final class Rows {

  private static final int ID = 1;
  private static final int IS_LEADER = 4;

  private Rows() {}

  /// The members' ids.
  static List<String> status(MemberCluster cluster) {
    return column(cluster, "");
  }

  /// The ids of those that lead.
  static List<String> leaders(MemberCluster cluster) {
    return column(cluster, "true");
  }

  private static List<String> column(MemberCluster cluster, String leads) {
    var ids = new ArrayList<String>();
    for (String line : cluster.succeed("endpoint", "status").lines().toList()) {
      String[] cells = line.split(", ", -1);
      if (leads.isEmpty() || cells[IS_LEADER].equals(leads)) {
        ids.add(cells[ID]);
      }
    }
    return ids;
  }
}
