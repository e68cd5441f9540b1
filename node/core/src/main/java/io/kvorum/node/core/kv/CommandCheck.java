package io.kvorum.node.core.kv;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/// What makes a request wrong whatever the state is: to be asked before it is proposed or read.
public final class CommandCheck {

  private CommandCheck() {}

  /// The reason to refuse the command, if there is one. A transaction may hold as many compares or
  /// operations of a branch as `maxTxnOperations`; what a nested one may hold is what its parents
  /// left of that.
  public static Optional<Outcome.Failure> refusal(Command command, int maxTxnOperations) {
    return switch (command) {
      case Command.Put put -> put(put);
      case Command.DeleteRange delete -> key(delete.key());
      case Command.Txn txn -> txn(txn, maxTxnOperations);
      case Command.LeaseGrant grant ->
          grant.ttlSeconds() > Lease.MAX_TTL_SECONDS
              ? Optional.of(new Outcome.LeaseTtlTooLarge(grant.ttlSeconds()))
              : Optional.empty();
      case Command.Compact _,
          Command.LeaseRevoke _,
          Command.LeaseCheckpoint _,
          Command.AlarmRequest _,
          Command.MemberAttributes _,
          Command.ClusterVersion _,
          Command.FeatureLevel _,
          Command.ChangeRecords _,
          AuthCommand _,
          V2Command _ ->
          Optional.empty();
      case Command.OnBehalf(_, Command inner) -> refusal(inner, maxTxnOperations);
    };
  }

  public static Optional<Outcome.Failure> refusal(RangeQuery query) {
    return key(query.key());
  }

  private static Optional<Outcome.Failure> put(Command.Put put) {
    if (put.key().isEmpty()) {
      return Optional.of(new Outcome.EmptyKey());
    }
    if (put.ignoreValue() && !put.value().isEmpty()) {
      return Optional.of(new Outcome.ValueProvided());
    }
    if (put.ignoreLease() && put.lease() != 0) {
      return Optional.of(new Outcome.LeaseProvided());
    }
    return Optional.empty();
  }

  private static Optional<Outcome.Failure> key(Bytes key) {
    return key.isEmpty() ? Optional.of(new Outcome.EmptyKey()) : Optional.empty();
  }

  private static Optional<Outcome.Failure> txn(Command.Txn txn, int maxOperations) {
    Optional<Outcome.Failure> shape = shape(txn, maxOperations, maxOperations);
    if (shape.isPresent()) {
      return shape;
    }
    boolean duplicate = new Writes().add(txn.success()) || new Writes().add(txn.failure());
    return duplicate ? Optional.of(new Outcome.DuplicateKey()) : Optional.empty();
  }

  private static Optional<Outcome.Failure> shape(Command.Txn txn, int left, int limit) {
    int operations =
        Math.max(txn.compares().size(), Math.max(txn.success().size(), txn.failure().size()));
    if (operations > left) {
      return Optional.of(new Outcome.TooManyOperations(limit));
    }
    for (Compare compare : txn.compares()) {
      if (compare.key().isEmpty()) {
        return Optional.of(new Outcome.EmptyKey());
      }
    }
    for (List<Operation> branch : List.of(txn.success(), txn.failure())) {
      for (Operation operation : branch) {
        Optional<Outcome.Failure> refusal =
            switch (operation) {
              case RangeQuery range -> key(range.key());
              case Command.Put put -> put(put);
              case Command.DeleteRange delete -> key(delete.key());
              case Command.Txn nested -> shape(nested, left - operations, limit);
            };
        if (refusal.isPresent()) {
          return refusal;
        }
      }
    }
    return Optional.empty();
  }

  /// What one branch, with the branches nested in it, may write.
  private static final class Writes {
    private final TreeSet<Bytes> puts = new TreeSet<>();
    private final List<KeyRange> deletes = new ArrayList<>();

    /// Adds a branch; true if a key of it would be put twice, or put and deleted.
    boolean add(List<Operation> branch) {
      addDeletes(branch);
      for (Operation operation : branch) {
        if (operation instanceof Command.Txn nested && addNested(nested)) {
          return true;
        }
      }
      for (Operation operation : branch) {
        if (operation instanceof Command.Put put && !addPut(put.key())) {
          return true;
        }
      }
      return false;
    }

    private void addDeletes(List<Operation> branch) {
      for (Operation operation : branch) {
        if (operation instanceof Command.DeleteRange delete) {
          deletes.add(delete.range());
        }
      }
    }

    /// Only one branch of a nested transaction is taken, so both may put the same key.
    private boolean addNested(Command.Txn nested) {
      var success = new Writes();
      var failure = new Writes();
      if (success.add(nested.success()) || failure.add(nested.failure())) {
        return true;
      }
      var either = new TreeSet<Bytes>(success.puts);
      either.addAll(failure.puts);
      for (Bytes key : either) {
        if (!addPut(key)) {
          return true;
        }
      }
      deletes.addAll(success.deletes);
      deletes.addAll(failure.deletes);
      return false;
    }

    private boolean addPut(Bytes key) {
      return deletes.stream().noneMatch(range -> range.wants(key)) && puts.add(key);
    }
  }
}
