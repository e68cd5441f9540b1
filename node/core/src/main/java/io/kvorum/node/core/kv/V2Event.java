package io.kvorum.node.core.kv;

import org.jspecify.annotations.Nullable;

/// One change of the tree of API v2.
///
/// @param previous what was there before, if anything
/// @param silent kept in the history, and told to nobody
public record V2Event(Action action, V2Node node, @Nullable V2Node previous, boolean silent) {

  /// The kinds, by their number in the store.
  public enum Action {
    GET("get"),
    CREATE("create"),
    SET("set"),
    UPDATE("update"),
    DELETE("delete"),
    COMPARE_AND_SWAP("compareAndSwap"),
    COMPARE_AND_DELETE("compareAndDelete"),
    EXPIRE("expire");

    private final String text;

    Action(String text) {
      this.text = text;
    }

    /// The name in answers.
    public String text() {
      return text;
    }
  }

  /// The index that the change made.
  public long index() {
    return node.modifiedIndex();
  }

  /// Whether a whole directory ended.
  public boolean endsDirectory() {
    return previous != null
        && previous.directory()
        && (action == Action.DELETE || action == Action.EXPIRE);
  }
}
