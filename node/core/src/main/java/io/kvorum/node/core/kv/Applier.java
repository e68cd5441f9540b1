package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Applies the entries of one batch to a workspace, one after the other. What a command does is
/// decided by the log alone: never by the time, the member, or how entries are cut into batches.
final class Applier {

  /// A batch is written in parts of about this size, each complete up to some entry, so that its
  /// memory is bounded.
  private static final int MAX_WRITE_BYTES = 16 << 20;

  private final Workspace workspace;
  private final TreeSet<Alarm> alarms;
  private State state;
  private Accounts accounts;

  Applier(Workspace workspace, State state, List<Alarm> alarms, Accounts accounts) {
    this.workspace = workspace;
    this.state = state;
    this.accounts = accounts;
    this.alarms = new TreeSet<>(alarms);
  }

  State state() {
    return state;
  }

  Accounts accounts() {
    return accounts;
  }

  List<Alarm> alarms() {
    return List.copyOf(alarms);
  }

  List<Outcome> apply(List<Committed> batch) {
    @Nullable Command[] decoded = decode(batch);
    workspace.prefetch(keysToBeRead(decoded));
    var outcomes = new ArrayList<Outcome>(batch.size());
    for (int i = 0; i < decoded.length; i++) {
      Committed entry = batch.get(i);
      if (entry.index() <= state.appliedIndex()) {
        outcomes.add(new Outcome.AlreadyApplied(state.revision()));
        continue;
      }
      Invariant.check(
          entry.index() == state.appliedIndex() + 1,
          "entries are applied one after the other",
          entry.index(),
          state.appliedIndex());
      outcomes.add(apply(entry, decoded[i]));
      state = state.applied(entry.index(), entry.term());
      if (workspace.sizeBytes() > MAX_WRITE_BYTES) {
        workspace.commit(state);
      }
    }
    return outcomes;
  }

  /// Decodes what the present feature level lets it read; it may rise within the batch.
  private @Nullable Command[] decode(List<Committed> batch) {
    var commands = new @Nullable Command[batch.size()];
    for (int i = 0; i < commands.length; i++) {
      if (batch.get(i) instanceof Committed.CommandEntry(long index, _, byte[] data)
          && index > state.appliedIndex()
          && CommandCodec.formatVersion(data) <= state.featureLevel()) {
        commands[i] = CommandCodec.decode(data);
      }
    }
    return commands;
  }

  private static List<byte[]> keysToBeRead(@Nullable Command[] commands) {
    var keys = new ArrayList<byte[]>(commands.length);
    for (Command outer : commands) {
      Command command = outer instanceof Command.OnBehalf(_, Command inner) ? inner : outer;
      if (command instanceof Command.Put put) {
        keys.add(put.key().array());
      } else if (command instanceof Command.Txn txn) {
        for (Compare compare : txn.compares()) {
          if (compare.rangeEnd().isEmpty()) {
            keys.add(compare.key().array());
          }
        }
      }
    }
    return keys;
  }

  private Outcome apply(Committed entry, @Nullable Command decoded) {
    return switch (entry) {
      case Committed.RecordsEntry(_, _, List<RecordChange> changes) -> change(changes);
      case Committed.CommandEntry(_, _, byte[] data) -> {
        int required = CommandCodec.formatVersion(data);
        if (required > state.featureLevel()) {
          yield new Outcome.FeatureLevelTooLow(required, state.featureLevel());
        }
        Command command = decoded != null ? decoded : CommandCodec.decode(data);
        yield command instanceof Command.OnBehalf(Identity identity, Command inner)
            ? apply(inner, identity, entry.index())
            : apply(command, Identity.NOBODY, entry.index());
      }
    };
  }

  private Outcome apply(Command command, Identity identity, long index) {
    Outcome.Failure refusal = refusalByAlarm(command);
    if (refusal == null && accounts.enabled()) {
      refusal = refusalByAccounts(command, identity);
    }
    if (refusal != null) {
      return refusal;
    }
    return switch (command) {
      case Command.Put put -> put(put);
      case Command.DeleteRange delete -> delete(delete);
      case Command.Txn txn -> txn(txn);
      case Command.Compact(long revision) -> compact(revision);
      case Command.LeaseGrant(long id, long ttlSeconds) -> grant(id, ttlSeconds);
      case Command.LeaseRevoke(long id) -> revoke(id);
      case Command.LeaseCheckpoint checkpoint -> checkpoint(checkpoint);
      case Command.AlarmRequest(Alarm.Action action, long memberId, Alarm.Type type) ->
          alarm(action, new Alarm(memberId, type));
      case Command.MemberAttributes attributes ->
          change(
              List.of(
                  new RecordChange(
                      Records.attributes(attributes.memberId()),
                      CommandCodec.encodeAttributes(attributes))));
      case Command.ClusterVersion(String version) ->
          change(List.of(new RecordChange(Records.CLUSTER_VERSION, Bytes.utf8(version))));
      case Command.FeatureLevel(int level) -> raiseFeatureLevel(level);
      case Command.ChangeRecords(List<RecordChange> changes) -> change(changes);
      case AuthCommand auth -> changeAccounts(auth, index);
      case V2Command.Expire(long now) -> expire(now);
      case V2Command v2 -> change(v2);
      case Command.OnBehalf _ -> throw Invariant.unreachable("the identity was taken off");
    };
  }

  private Outcome.@Nullable Failure refusalByAccounts(Command command, Identity identity) {
    AuthRefusal reason =
        Access.of(accounts, identity).command(command, lease -> workspace.leaseKeys(lease, state));
    return reason == null ? null : new Outcome.Unauthorized(reason);
  }

  private Outcome changeAccounts(AuthCommand command, long index) {
    var changes = new AccountChanges(accounts, workspace.batch());
    return switch (changes.apply(command)) {
      case AccountChanges.Result.Changed(Accounts changed) -> {
        accounts = changed;
        yield new Outcome.AccountsChanged(state.revision());
      }
      case AccountChanges.Result.Unchanged _ ->
          command instanceof AuthCommand.Authenticate(String user, Bytes digest, long revision)
              ? new Outcome.Authenticated(state.revision(), user, digest, revision, index)
              : new Outcome.AccountsChanged(state.revision());
      case AccountChanges.Result.Refused(AuthRefusal reason) -> new Outcome.Unauthorized(reason);
    };
  }

  /// What may be done while an alarm is raised by any member. CORRUPT stops everything that changes
  /// keys; NO_SPACE what may make them grow.
  private Outcome.@Nullable Failure refusalByAlarm(Command command) {
    if (alarms.isEmpty()) {
      return null;
    }
    boolean changesKeys =
        switch (command) {
          case Command.Put _,
              Command.DeleteRange _,
              Command.Compact _,
              Command.LeaseGrant _,
              Command.LeaseRevoke _ ->
              true;
          case Command.Txn txn -> !txn.isReadOnly();
          case Command.LeaseCheckpoint _,
              Command.AlarmRequest _,
              Command.MemberAttributes _,
              Command.ClusterVersion _,
              Command.FeatureLevel _,
              Command.ChangeRecords _,
              Command.OnBehalf _,
              AuthCommand _ ->
              false;
          case V2Command _ -> true;
        };
    if (changesKeys && isRaised(Alarm.Type.CORRUPT)) {
      return new Outcome.Corrupt();
    }
    return Quota.cost(command) > 0 && isRaised(Alarm.Type.NO_SPACE) ? new Outcome.NoSpace() : null;
  }

  private boolean isRaised(Alarm.Type type) {
    return alarms.stream().anyMatch(alarm -> alarm.type() == type);
  }

  private Outcome put(Command.Put put) {
    var write = new TxnWrite(workspace, state);
    Outcome.Failure refusal = write.refusal(put);
    return refusal != null ? refusal : done(write, write.put(put));
  }

  private Outcome delete(Command.DeleteRange delete) {
    var write = new TxnWrite(workspace, state);
    return done(write, write.delete(delete));
  }

  private Outcome txn(Command.Txn txn) {
    if (TxnWrite.readsPast(txn)) {
      workspace.commit(state);
    }
    var write = new TxnWrite(workspace, state);
    return done(write, write.txn(txn));
  }

  private Outcome done(TxnWrite write, Outcome outcome) {
    state = state.atRevision(write.revision());
    return outcome;
  }

  private Outcome compact(long revision) {
    if (revision <= state.compactRevision()) {
      return new Outcome.RevisionCompacted(state.compactRevision());
    }
    if (revision > state.revision()) {
      return new Outcome.FutureRevision(state.revision());
    }
    state = state.compacted(revision);
    return new Outcome.Compacted(state.revision(), revision);
  }

  private Outcome grant(long id, long ttlSeconds) {
    if (workspace.lease(id) != null) {
      return new Outcome.LeaseExists(id);
    }
    var lease = new Lease(id, ttlSeconds, 0);
    workspace.putLease(lease);
    return new Outcome.LeaseGranted(state.revision(), lease);
  }

  private Outcome revoke(long id) {
    if (workspace.lease(id) == null) {
      return new Outcome.LeaseNotFound(id);
    }
    List<Bytes> keys = workspace.leaseKeys(id, state);
    var write = new TxnWrite(workspace, state);
    write.deleteAttached(keys, id);
    workspace.removeLease(id);
    return done(write, new Outcome.LeaseRevoked(write.revision(), id, keys.size()));
  }

  private Outcome checkpoint(Command.LeaseCheckpoint checkpoint) {
    var changed = new ArrayList<Lease>();
    for (Command.LeaseCheckpoint.Remaining remaining : checkpoint.leases()) {
      Lease lease = workspace.lease(remaining.id());
      if (lease != null) {
        var shortened = new Lease(lease.id(), lease.ttlSeconds(), remaining.seconds());
        workspace.putLease(shortened);
        changed.add(shortened);
      }
    }
    return new Outcome.LeaseCheckpointed(state.revision(), changed);
  }

  private Outcome alarm(Alarm.Action action, Alarm alarm) {
    List<Alarm> shown =
        switch (action) {
          case GET -> {
            var type = alarm.type();
            yield alarms.stream()
                .filter(raised -> type == Alarm.Type.NONE || raised.type() == type)
                .toList();
          }
          case ACTIVATE -> activate(alarm);
          case DEACTIVATE -> deactivate(alarm);
        };
    return new Outcome.Alarms(state.revision(), shown);
  }

  private List<Alarm> activate(Alarm alarm) {
    if (alarm.type() == Alarm.Type.NONE) {
      return List.of();
    }
    if (alarms.add(alarm)) {
      workspace.raise(alarm);
    }
    return List.of(alarm);
  }

  private List<Alarm> deactivate(Alarm alarm) {
    if (!alarms.remove(alarm)) {
      return List.of();
    }
    workspace.clear(alarm);
    return List.of(alarm);
  }

  private Outcome change(List<RecordChange> changes) {
    changes.forEach(workspace::change);
    return new Outcome.Recorded(state.revision());
  }

  private Outcome change(V2Command command) {
    return switch (new V2Tree(workspace.v2()).change(command)) {
      case V2Tree.Result.Done done -> done(done);
      case V2Tree.Result.Refused(V2Refusal reason, String cause, long at) ->
          new Outcome.V2Refused(V2Tree.action(command), reason, cause, at);
    };
  }

  private Outcome expire(long now) {
    List<Outcome.V2Done> ended =
        new V2Tree(workspace.v2()).expire(now).stream().map(this::done).toList();
    return new Outcome.V2Expired(state.revision(), ended);
  }

  private Outcome.V2Done done(V2Tree.Result.Done done) {
    return new Outcome.V2Done(state.revision(), done.event().index(), done.event(), done.ended());
  }

  private Outcome raiseFeatureLevel(int level) {
    FeatureLevelException.check(level);
    state = state.atFeatureLevel(Math.max(level, state.featureLevel()));
    return new Outcome.FeatureLevelSet(state.revision(), state.featureLevel());
  }
}
