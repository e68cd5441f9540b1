package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Applies the entries of one batch to a workspace, one after the other. What a command does is
/// decided by the log alone: never by the time, the member, or how entries are cut into batches.
final class Applier {

  private final Workspace workspace;
  private final AnswerRoom room = this::maybeTakeRoom;
  private final TreeSet<Alarm> alarms;
  private State state;
  private Accounts accounts;

  /// The room that is left for answers.
  private long answerBytes;

  Applier(
      Workspace workspace, State state, List<Alarm> alarms, Accounts accounts, long answerBytes) {
    this.workspace = workspace;
    this.state = state;
    this.accounts = accounts;
    this.answerBytes = answerBytes;
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
    var keys = new ArrayList<byte[]>(batch.size());
    int fetched = 0;
    var outcomes = new ArrayList<Outcome>(batch.size());
    int[] keysUpTo = keysToBeRead(decoded, keys);
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
      if (fetched < keysUpTo[i]) {
        fetched += workspace.prefetch(keys.subList(fetched, keys.size()));
      }
      outcomes.add(apply(entry, decoded[i]));
      workspace.endEntry();
      state = state.applied(entry.index(), entry.term());
      if (workspace.isFull()) {
        workspace.commit(state);
        fetched = keysUpTo[i];
      }
    }
    return outcomes;
  }

  /// Does what is left of an entry that was written in parts.
  void finish(Unfinished unfinished) {
    Invariant.check(
        unfinished.index() == state.appliedIndex() + 1,
        "what is unfinished comes next",
        unfinished.index(),
        state.appliedIndex());
    workspace.resumeParts();
    var entry =
        new Committed.CommandEntry(unfinished.index(), unfinished.term(), unfinished.data());
    var write = new TxnWrite(workspace, state, entry, _ -> false, unfinished);
    Command decoded = CommandCodec.decode(unfinished.data());
    Command command = decoded instanceof Command.OnBehalf(_, Command inner) ? inner : decoded;
    if (command instanceof Command.DeleteRange delete) {
      write.delete(delete);
    } else if (command instanceof Command.Txn txn) {
      write.resume(txn);
    } else if (command instanceof Command.LeaseRevoke(long id)) {
      revoke(write, id);
    } else {
      throw Invariant.unreachable("no such command is written in parts: " + command);
    }
    workspace.endEntry();
    state = state.atRevision(write.revision()).applied(entry.index(), entry.term());
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

  /// Collects the keys that the commands look at; returns for each command how many there are with
  /// it and those before it.
  private static int[] keysToBeRead(@Nullable Command[] commands, List<byte[]> keys) {
    var keysUpTo = new int[commands.length];
    for (int i = 0; i < commands.length; i++) {
      Command outer = commands[i];
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
      keysUpTo[i] = keys.size();
    }
    return keysUpTo;
  }

  private Outcome apply(Committed entry, @Nullable Command decoded) {
    return switch (entry) {
      case Committed.RecordsEntry(_, _, List<RecordChange> changes) -> change(changes);
      case Committed.CommandEntry command -> {
        int required = CommandCodec.formatVersion(command.data());
        if (required > state.featureLevel()) {
          yield new Outcome.FeatureLevelTooLow(required, state.featureLevel());
        }
        Command what = decoded != null ? decoded : CommandCodec.decode(command.data());
        yield what instanceof Command.OnBehalf(Identity identity, Command inner)
            ? apply(inner, identity, command)
            : apply(what, Identity.NOBODY, command);
      }
    };
  }

  private Outcome apply(Command command, Identity identity, Committed.CommandEntry entry) {
    Outcome.Failure refusal = refusalByAlarm(command);
    if (refusal == null && accounts.enabled()) {
      refusal = refusalByAccounts(command, identity);
    }
    if (refusal != null) {
      return refusal;
    }
    return switch (command) {
      case Command.Put put -> put(put, entry);
      case Command.DeleteRange delete -> delete(delete, entry);
      case Command.Txn txn -> txn(txn, entry);
      case Command.Compact(long revision) -> compact(revision);
      case Command.LeaseGrant(long id, long ttlSeconds) -> grant(id, ttlSeconds);
      case Command.LeaseRevoke(long id) -> revoke(id, entry);
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
      case AuthCommand auth -> changeAccounts(auth, entry.index());
      case V2Command.Expire(long now) -> expire(now);
      case V2Command v2 -> change(v2);
      case Command.OnBehalf _ -> throw Invariant.unreachable("the identity was taken off");
    };
  }

  private Outcome.@Nullable Failure refusalByAccounts(Command command, Identity identity) {
    AuthRefusal reason = Access.of(accounts, identity).command(command, this::allAttached);
    return reason == null ? null : new Outcome.Unauthorized(reason);
  }

  private boolean allAttached(long lease, Predicate<Bytes> such) {
    workspace.commitAttachments(state);
    return workspace.allAttached(lease, such);
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

  private Outcome put(Command.Put put, Committed.CommandEntry entry) {
    TxnWrite write = write(entry);
    Outcome.Failure refusal = write.refusal(put);
    return refusal != null ? refusal : done(write, write.put(put));
  }

  private Outcome delete(Command.DeleteRange delete, Committed.CommandEntry entry) {
    TxnWrite write = write(entry);
    return done(write, write.delete(delete));
  }

  private Outcome txn(Command.Txn txn, Committed.CommandEntry entry) {
    if (TxnWrite.readsPast(txn)) {
      workspace.commit(state);
    }
    TxnWrite write = write(entry);
    return done(write, write.txn(txn));
  }

  private TxnWrite write(Committed.CommandEntry entry) {
    return new TxnWrite(workspace, state, entry, room, null);
  }

  private boolean maybeTakeRoom(long bytes) {
    if (bytes > answerBytes) {
      return false;
    }
    answerBytes -= bytes;
    return true;
  }

  private Outcome done(TxnWrite write, Outcome outcome) {
    state = state.atRevision(write.revision());
    return write.leavesAnswerOut() && outcome instanceof Outcome.Success
        ? new Outcome.AnswerLeftOut(write.revision())
        : outcome;
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

  private Outcome revoke(long id, Committed.CommandEntry entry) {
    if (workspace.lease(id) == null) {
      return new Outcome.LeaseNotFound(id);
    }
    TxnWrite write = write(entry);
    long keys = revoke(write, id);
    return done(write, new Outcome.LeaseRevoked(write.revision(), id, keys));
  }

  private long revoke(TxnWrite write, long id) {
    workspace.commitAttachments(state);
    long keys = write.deleteAttached(id);
    workspace.removeLease(id);
    return keys;
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
