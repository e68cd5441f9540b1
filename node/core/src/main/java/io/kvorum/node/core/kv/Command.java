package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import java.util.List;

/// What a member may ask the cluster to do: the content of a command entry of the log.
public sealed interface Command
    permits Command.Put,
        Command.DeleteRange,
        Command.Txn,
        Command.Compact,
        Command.LeaseGrant,
        Command.LeaseRevoke,
        Command.LeaseCheckpoint,
        Command.AlarmRequest,
        Command.MemberAttributes,
        Command.ClusterVersion,
        Command.FeatureLevel,
        Command.ChangeRecords,
        Command.OnBehalf,
        AuthCommand,
        V2Command {

  /// Writes one key. `ignoreValue` and `ignoreLease` keep what the key has and need it to exist.
  record Put(
      Bytes key,
      Bytes value,
      long lease,
      boolean previousWanted,
      boolean ignoreValue,
      boolean ignoreLease)
      implements Command, Operation {

    public static Put of(Bytes key, Bytes value) {
      return new Put(key, value, 0, false, false, false);
    }
  }

  /// Deletes every key of a range in etcd's notation.
  record DeleteRange(Bytes key, Bytes rangeEnd, boolean previousWanted)
      implements Command, Operation {

    public KeyRange range() {
      return KeyRange.of(key, rangeEnd);
    }
  }

  /// All compares hold: the success branch, otherwise the failure branch; one revision for all.
  record Txn(List<Compare> compares, List<Operation> success, List<Operation> failure)
      implements Command, Operation {

    public Txn {
      compares = List.copyOf(compares);
      success = List.copyOf(success);
      failure = List.copyOf(failure);
    }

    /// Whether neither branch can write: such a transaction is read from a view, not logged.
    public boolean isReadOnly() {
      return readsOnly(success) && readsOnly(failure);
    }

    private static boolean readsOnly(List<Operation> operations) {
      for (Operation operation : operations) {
        boolean reads =
            switch (operation) {
              case RangeQuery _ -> true;
              case Put _, DeleteRange _ -> false;
              case Txn nested -> nested.isReadOnly();
            };
        if (!reads) {
          return false;
        }
      }
      return true;
    }
  }

  /// Forgets every version that is not visible at or after the revision.
  record Compact(long revision) implements Command {}

  /// Registers a lease. The proposer has chosen the id and raised the TTL to its minimum.
  record LeaseGrant(long id, long ttlSeconds) implements Command {}

  /// Ends a lease and deletes its keys.
  record LeaseRevoke(long id) implements Command {}

  /// Notes what is left of leases, so that a new leader does not start them anew.
  record LeaseCheckpoint(List<Remaining> leases) implements Command {

    /// What was left of one lease.
    public record Remaining(long id, long seconds) {}

    public LeaseCheckpoint {
      leases = List.copyOf(leases);
    }
  }

  /// Lists, raises or clears alarms.
  record AlarmRequest(Alarm.Action action, long memberId, Alarm.Type type) implements Command {}

  /// A member makes its name, its client URLs and what its program can do known. Stored as the
  /// record `Records.attributes(memberId)`, or refused by the replica before it gets here.
  record MemberAttributes(
      long memberId, String name, List<String> clientUrls, String apiVersion, int featureLevel)
      implements Command {

    public MemberAttributes {
      clientUrls = List.copyOf(clientUrls);
    }
  }

  /// The API version that all members have in common. Stored as the record
  /// `Records.CLUSTER_VERSION`.
  record ClusterVersion(String version) implements Command {}

  /// Raises the feature level, the gate of every later change of `apply`; never lowers it.
  record FeatureLevel(int level) implements Command {}

  /// Changes named records, all or none.
  record ChangeRecords(List<RecordChange> changes) implements Command {

    public ChangeRecords {
      changes = List.copyOf(changes);
    }
  }

  /// A command with whom it is for. While auth is enabled, a command without that is nobody's.
  record OnBehalf(Identity identity, Command command) implements Command {

    public OnBehalf {
      Invariant.check(!(command instanceof OnBehalf), "a command is for one identity");
    }
  }
}
