package io.kvorum.node.core.kv;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The branches that a transaction takes: its own, and those of the transactions nested in it.
///
/// All compares are evaluated before anything is written, those of nested transactions too, so a
/// path never depends on what its own operations do.
///
/// @param nested one path for each nested transaction of the branch, in order
record TxnPath(boolean succeeded, List<Operation> branch, List<TxnPath> nested) {

  static TxnPath of(Command.Txn txn, Keyspace keys) {
    boolean succeeded = holds(txn.compares(), keys);
    List<Operation> branch = succeeded ? txn.success() : txn.failure();
    var nested = new ArrayList<TxnPath>();
    for (Operation operation : branch) {
      if (operation instanceof Command.Txn inner) {
        nested.add(of(inner, keys));
      }
    }
    return new TxnPath(succeeded, branch, nested);
  }

  private static boolean holds(List<Compare> compares, Keyspace keys) {
    for (Compare compare : compares) {
      if (!holds(compare, keys)) {
        return false;
      }
    }
    return true;
  }

  private static boolean holds(Compare compare, Keyspace keys) {
    if (compare.rangeEnd().isEmpty()) {
      return holds(compare, keys.get(compare.key()));
    }
    boolean empty = true;
    try (KeyWalk walk = keys.walk(compare.range())) {
      while (walk.next()) {
        empty = false;
        if (!holds(compare, walk.stored())) {
          return false;
        }
      }
    }
    return !empty || holds(compare, (Stored) null);
  }

  /// A missing key has no value to compare, and 0 for all else.
  private static boolean holds(Compare compare, @Nullable Stored stored) {
    if (stored == null && compare.target() == Compare.Target.VALUE) {
      return false;
    }
    int order = order(compare, stored == null ? MISSING : stored);
    return switch (compare.result()) {
      case EQUAL -> order == 0;
      case NOT_EQUAL -> order != 0;
      case GREATER -> order > 0;
      case LESS -> order < 0;
      case UNKNOWN -> true;
    };
  }

  private static final Stored MISSING = new Stored(0, 0, 0, 0, 0, Bytes.EMPTY);

  private static int order(Compare compare, Stored stored) {
    return switch (compare.target()) {
      case VERSION -> Long.compare(stored.version(), compare.number());
      case CREATE -> Long.compare(stored.create(), compare.number());
      case MOD -> Long.compare(stored.mod(), compare.number());
      case LEASE -> Long.compare(stored.lease(), compare.number());
      case VALUE -> stored.value().compareTo(compare.value());
      case UNKNOWN -> 0;
    };
  }
}
