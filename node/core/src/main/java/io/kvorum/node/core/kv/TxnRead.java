package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A transaction that only reads, answered from a view.
record TxnRead(View view, PageCounts counts, AnswerRoom room) {

  Outcome answer(Command.Txn txn) {
    TxnPath path = TxnPath.of(txn, view.present());
    Outcome.Failure refusal = refusal(path);
    if (refusal != null) {
      return refusal;
    }
    Outcome.TxnDone done = read(path);
    return done == null ? new Outcome.AnswerTooLarge() : done.atRevision(view.revision());
  }

  private Outcome.@Nullable Failure refusal(TxnPath path) {
    var nested = path.nested().iterator();
    for (Operation operation : path.branch()) {
      Outcome.Failure refusal =
          switch (operation) {
            case RangeQuery range -> view.readable().refusalInTxn(range.revision());
            case Command.Txn _ -> refusal(nested.next());
            case Command.Put _, Command.DeleteRange _ -> throw writes();
          };
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  /// Null if there is no room for the answers.
  private Outcome.@Nullable TxnDone read(TxnPath path) {
    var nested = path.nested().iterator();
    List<Outcome.OperationSuccess> responses = new ArrayList<>();
    for (Operation operation : path.branch()) {
      Outcome.OperationSuccess response =
          switch (operation) {
            case RangeQuery range -> view.maybeRanged(range, counts, room);
            case Command.Txn _ -> read(nested.next());
            case Command.Put _, Command.DeleteRange _ -> throw writes();
          };
      if (response == null) {
        return null;
      }
      responses.add(response);
    }
    return new Outcome.TxnDone(0, path.succeeded(), responses);
  }

  private static Invariant.Violation writes() {
    return Invariant.unreachable("a transaction that writes is not read from a view");
  }
}
