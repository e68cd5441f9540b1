package io.kvorum.node.core.kv;

/// Finds a node of the tree of API v2 from the root down, so that what is missing can be named.
final class V2Lookup {

  private V2Lookup() {}

  /// What stands at a path.
  sealed interface Found {

    record Node(V2Entry entry) implements Found {}

    /// There is no such node.
    ///
    /// @param where the first path that is missing, or a file where a directory was needed
    record Nothing(V2Refusal reason, String where) implements Found {}
  }

  static Found find(V2Rows.V2Reader rows, String path) {
    V2Entry whole = V2Rows.find(rows, path);
    return whole == null ? missing(rows, path) : new Found.Node(whole);
  }

  private static Found missing(V2Rows.V2Reader rows, String path) {
    int slash = path.indexOf('/', 1);
    while (slash > 0) {
      String parent = path.substring(0, slash);
      V2Entry entry = V2Rows.find(rows, parent);
      if (entry == null) {
        return new Found.Nothing(V2Refusal.KEY_NOT_FOUND, parent);
      }
      if (!entry.directory()) {
        return new Found.Nothing(V2Refusal.NOT_A_DIRECTORY, parent);
      }
      slash = path.indexOf('/', slash + 1);
    }
    return new Found.Nothing(V2Refusal.KEY_NOT_FOUND, path);
  }
}
