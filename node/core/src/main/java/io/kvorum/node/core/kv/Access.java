package io.kvorum.node.core.kv;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What one identity may do under the accounts of one state. Every question is answered by the
/// reason against it, or null.
///
/// Rights on keys need an identity that is as new as the accounts; the rights of root do not, so
/// that root can make several changes with one token.
public final class Access {

  private final boolean unlimited;
  private final boolean isRoot;
  private final Grants grants;

  /// What stands against any use of keys.
  private final @Nullable AuthRefusal general;

  /// What stands against anything that is root's.
  private final @Nullable AuthRefusal administrative;

  private Access(
      boolean unlimited,
      boolean isRoot,
      Grants grants,
      @Nullable AuthRefusal general,
      @Nullable AuthRefusal administrative) {
    this.unlimited = unlimited;
    this.isRoot = isRoot;
    this.grants = grants;
    this.general = general;
    this.administrative = administrative;
  }

  private static final Access UNLIMITED = new Access(true, true, Grants.NONE, null, null);
  private static final Access NOBODY =
      new Access(false, false, Grants.NONE, AuthRefusal.USER_EMPTY, AuthRefusal.USER_EMPTY);
  private static final Access STRANGER =
      new Access(
          false, false, Grants.NONE, AuthRefusal.PERMISSION_DENIED, AuthRefusal.PERMISSION_DENIED);

  public static Access of(Accounts accounts, Identity identity) {
    if (!accounts.enabled() || identity.isCluster()) {
      return UNLIMITED;
    }
    if (identity.authRevision() == 0) {
      return NOBODY;
    }
    boolean stale = identity.authRevision() < accounts.revision();
    User user = accounts.maybeUser(identity.user());
    if (user == null) {
      return stale
          ? new Access(
              false, false, Grants.NONE, AuthRefusal.OLD_REVISION, AuthRefusal.PERMISSION_DENIED)
          : STRANGER;
    }
    return new Access(
        false,
        user.isRoot(),
        user.isRoot() ? Grants.NONE : accounts.grants(user),
        stale ? AuthRefusal.OLD_REVISION : null,
        user.isRoot() ? null : AuthRefusal.PERMISSION_DENIED);
  }

  /// Of somebody who is known, whoever it is.
  public @Nullable AuthRefusal anybody() {
    return general;
  }

  public @Nullable AuthRefusal root() {
    return administrative;
  }

  public @Nullable AuthRefusal read(KeyRange range) {
    return keys(isRoot || grants.mayRead(range));
  }

  public @Nullable AuthRefusal write(KeyRange range) {
    return keys(isRoot || grants.mayWrite(range));
  }

  private @Nullable AuthRefusal keys(boolean granted) {
    if (general != null) {
      return general;
    }
    return granted ? null : AuthRefusal.PERMISSION_DENIED;
  }

  /// The keys that are attached to leases.
  @FunctionalInterface
  public interface Attached {

    /// Whether all keys of a lease are such.
    boolean all(long lease, Predicate<Bytes> such);
  }

  /// Of reading every key of a lease.
  public @Nullable AuthRefusal readAll(long lease, Attached attached) {
    return general != null || isRoot
        ? general
        : keys(attached.all(lease, key -> grants.mayRead(KeyRange.single(key))));
  }

  /// Of writing every key of a lease.
  public @Nullable AuthRefusal writeAll(long lease, Attached attached) {
    return general != null || isRoot
        ? general
        : keys(attached.all(lease, key -> grants.mayWrite(KeyRange.single(key))));
  }

  @Nullable AuthRefusal command(Command command, Attached attached) {
    if (unlimited) {
      return null;
    }
    return switch (command) {
      case Command.Put put -> put(put, attached);
      case Command.DeleteRange delete -> delete(delete);
      case Command.Txn txn -> transaction(txn, attached);
      case Command.LeaseGrant _ -> anybody();
      case Command.LeaseRevoke(long id) -> writeAll(id, attached);
      case Command.Compact _ -> root();
      case Command.AlarmRequest(Alarm.Action action, _, _) ->
          action == Alarm.Action.GET ? anybody() : root();
      case Command.LeaseCheckpoint _,
          Command.MemberAttributes _,
          Command.ClusterVersion _,
          Command.FeatureLevel _,
          Command.ChangeRecords _ ->
          null;
      case AuthCommand.Authenticate _ -> null;
      case AuthCommand _, V2Command _ -> root();
      case Command.OnBehalf(_, Command inner) -> command(inner, attached);
    };
  }

  private @Nullable AuthRefusal put(Command.Put put, Attached attached) {
    KeyRange key = KeyRange.single(put.key());
    AuthRefusal refusal = write(key);
    if (refusal == null && put.previousWanted()) {
      refusal = read(key);
    }
    return refusal == null && put.lease() != 0 ? writeAll(put.lease(), attached) : refusal;
  }

  private @Nullable AuthRefusal delete(Command.DeleteRange delete) {
    AuthRefusal refusal = write(delete.range());
    return refusal == null && delete.previousWanted() ? read(delete.range()) : refusal;
  }

  public @Nullable AuthRefusal query(RangeQuery query) {
    return read(query.range());
  }

  /// Of one that only reads.
  public @Nullable AuthRefusal readOnly(Command.Txn txn) {
    return transaction(txn, (_, _) -> true);
  }

  /// Both branches count, taken or not: so nobody learns from which one is refused.
  private @Nullable AuthRefusal transaction(Command.Txn txn, Attached attached) {
    AuthRefusal refusal = general;
    for (Compare compare : txn.compares()) {
      refusal = refusal == null ? read(compare.range()) : refusal;
    }
    for (List<Operation> branch : List.of(txn.success(), txn.failure())) {
      for (Operation operation : branch) {
        refusal = refusal == null ? operation(operation, attached) : refusal;
      }
    }
    return refusal;
  }

  private @Nullable AuthRefusal operation(Operation operation, Attached attached) {
    return switch (operation) {
      case RangeQuery query -> query(query);
      case Command.Put put -> put(put, attached);
      case Command.DeleteRange delete -> delete(delete);
      case Command.Txn nested -> transaction(nested, attached);
    };
  }
}
