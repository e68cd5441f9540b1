package io.kvorum.node.core.kv;

import java.util.List;

/// What a request is charged for against the quota, before it is proposed: as in etcd, the size of
/// what it may write, and nothing for requests that only read or delete.
public final class Quota {

  private static final long PUT_OVERHEAD = 256;
  private static final long LEASE_COST = 64;

  private Quota() {}

  /// The bytes that the command may add; 0 for one that always passes, even while NO_SPACE is
  /// raised.
  public static long cost(Command command) {
    return switch (command) {
      case Command.Put put -> put(put);
      case Command.Txn txn -> txn(txn);
      case Command.LeaseGrant _ -> LEASE_COST;
      case Command.DeleteRange _,
          Command.Compact _,
          Command.LeaseRevoke _,
          Command.LeaseCheckpoint _,
          Command.AlarmRequest _,
          Command.MemberAttributes _,
          Command.ClusterVersion _,
          Command.FeatureLevel _,
          Command.ChangeRecords _,
          AuthCommand _,
          V2Command _ ->
          0;
      case Command.OnBehalf(_, Command inner) -> cost(inner);
    };
  }

  private static long put(Command.Put put) {
    return PUT_OVERHEAD + put.key().length() + put.value().length();
  }

  /// The dearer of its branches.
  private static long txn(Command.Txn txn) {
    return Math.max(branch(txn.success()), branch(txn.failure()));
  }

  private static long branch(List<Operation> operations) {
    long cost = 0;
    for (Operation operation : operations) {
      cost +=
          switch (operation) {
            case RangeQuery _, Command.DeleteRange _ -> 0;
            case Command.Put put -> put(put);
            case Command.Txn nested -> txn(nested);
          };
    }
    return cost;
  }
}
