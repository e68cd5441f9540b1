package io.kvorum.node.core.replica;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.AuthCommand;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Committed;
import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.V2Command;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.EntryType;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.MembershipChange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The apply stage of a member: gives committed entries their effect, the membership included, with
/// one atomic write per batch.
public final class Applier {
  private Kv kv;
  private Cluster cluster;

  public Applier(Kv kv, Cluster cluster) {
    this.kv = kv;
    this.cluster = cluster;
  }

  /// What a batch brought.
  ///
  /// @param answers one for each entry
  /// @param report what agreement must be told before anybody is answered; null if it is enough to
  ///   tell it the index
  public record Batch(Applied applied, List<Answer> answers, @Nullable AppliedReport report) {}

  /// The members as of the last batch.
  public Cluster cluster() {
    return cluster;
  }

  /// A view of the present state, owned by the caller.
  public View view() {
    return kv.view();
  }

  /// Goes on from another state: a snapshot was restored.
  public AppliedReport restored(Kv restored, Cluster members, int featureLevel) {
    kv = restored;
    cluster = members;
    return new AppliedReport(kv.appliedIndex(), List.of(), cluster, featureLevel);
  }

  /// Applies entries that follow one another.
  public Batch apply(List<Entry> entries) {
    Cluster before = cluster;
    var committed = new ArrayList<Committed>(entries.size());
    var changes = new ArrayList<MembershipChange>();
    boolean telling = false;
    for (Entry entry : entries) {
      switch (entry.type()) {
        case EMPTY -> committed.add(recordless(entry));
        case COMMAND -> {
          committed.add(command(entry));
          telling |= changesWhatMembersCanDo(entry);
        }
        case MEMBERSHIP -> {
          committed.add(membership(entry, changes));
          telling = true;
        }
      }
    }
    Applied applied = kv.apply(committed);
    Invariant.check(
        applied.outcomes().size() == entries.size(),
        "one outcome for each entry",
        applied.outcomes().size(),
        entries.size());
    if (!telling) {
      List<Answer> answers = applied.outcomes().stream().<Answer>map(Answer.Applied::new).toList();
      return new Batch(applied, answers, null);
    }
    cluster = before;
    List<Answer> answers = follow(entries, applied.outcomes());
    AppliedReport report =
        new AppliedReport(
            entries.getLast().index(), changes, cluster, applied.view().featureLevel());
    return new Batch(applied, answers, report);
  }

  private static Committed recordless(Entry entry) {
    return new Committed.RecordsEntry(entry.index(), entry.term(), List.of());
  }

  /// A member that is gone has no attributes.
  private Committed command(Entry entry) {
    boolean ofStranger =
        isReadable(entry)
            && CommandCodec.kind(entry.data()) == CommandCodec.Kind.MEMBER_ATTRIBUTES
            && CommandCodec.decode(entry.data())
                instanceof Command.MemberAttributes(long memberId, _, _, _, _)
            && cluster.maybeMember(new MemberId(memberId)).isEmpty();
    return ofStranger
        ? recordless(entry)
        : new Committed.CommandEntry(entry.index(), entry.term(), entry.data());
  }

  /// Whether this program can read the command; the state machine refuses those it can't.
  private static boolean isReadable(Entry entry) {
    return CommandCodec.formatVersion(entry.data()) <= CommandCodec.FORMAT_VERSION;
  }

  private static boolean changesWhatMembersCanDo(Entry entry) {
    return isReadable(entry)
        && switch (CommandCodec.kind(entry.data())) {
          case MEMBER_ATTRIBUTES, CLUSTER_VERSION, FEATURE_LEVEL -> true;
          case PUT,
              DELETE_RANGE,
              TXN,
              COMPACT,
              LEASE_GRANT,
              LEASE_REVOKE,
              LEASE_CHECKPOINT,
              ALARM,
              CHANGE_RECORDS,
              ON_BEHALF,
              AUTH_ENABLE,
              AUTH_DISABLE,
              AUTHENTICATE,
              USER_ADD,
              USER_DELETE,
              CHANGE_PASSWORD,
              GRANT_ROLE,
              REVOKE_ROLE,
              ROLE_ADD,
              ROLE_DELETE,
              GRANT_PERMISSION,
              REVOKE_PERMISSION,
              V2_SET,
              V2_CREATE,
              V2_UPDATE,
              V2_COMPARE_AND_SWAP,
              V2_DELETE,
              V2_COMPARE_AND_DELETE,
              V2_EXPIRE ->
              false;
        };
  }

  private Committed membership(Entry entry, List<MembershipChange> changes) {
    MembershipChange change = MembershipChange.decode(entry.data());
    return switch (decided(change)) {
      case Cluster.Change.Refused _ -> recordless(entry);
      case Cluster.Change.Accepted accepted -> {
        cluster = accepted.after();
        changes.add(change);
        yield new Committed.RecordsEntry(entry.index(), entry.term(), accepted.records());
      }
    };
  }

  private Cluster.Change decided(MembershipChange change) {
    MemberCodec.Asked asked = MemberCodec.asked(change);
    return cluster.apply(asked.request(), asked.maxLearners());
  }

  /// Goes through the batch once more, now that the outcomes are known: each answer shows the
  /// members as of its own entry, however the log was cut into batches.
  private List<Answer> follow(List<Entry> entries, List<Outcome> outcomes) {
    var answers = new ArrayList<Answer>(outcomes.size());
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      Outcome outcome = outcomes.get(i);
      if (entry.type() == EntryType.MEMBERSHIP) {
        answers.add(changed(MembershipChange.decode(entry.data())));
        continue;
      }
      if (outcome instanceof Outcome.Success
          && entry.type() == EntryType.COMMAND
          && changesWhatMembersCanDo(entry)) {
        cluster = described(CommandCodec.decode(entry.data()));
      }
      answers.add(new Answer.Applied(outcome));
    }
    return answers;
  }

  private Answer changed(MembershipChange change) {
    return switch (decided(change)) {
      case Cluster.Change.Refused(MembershipRefusal reason) -> new Answer.MembershipRefused(reason);
      case Cluster.Change.Accepted accepted -> {
        cluster = accepted.after();
        yield new Answer.MembersChanged(cluster);
      }
    };
  }

  /// The cluster after a command that describes members.
  private Cluster described(Command command) {
    return switch (command) {
      case Command.MemberAttributes attributes -> cluster.withAttributes(attributes);
      case Command.ClusterVersion(String version) -> cluster.withVersion(version);
      case Command.FeatureLevel _,
          Command.Put _,
          Command.DeleteRange _,
          Command.Txn _,
          Command.Compact _,
          Command.LeaseGrant _,
          Command.LeaseRevoke _,
          Command.LeaseCheckpoint _,
          Command.AlarmRequest _,
          Command.ChangeRecords _,
          Command.OnBehalf _,
          AuthCommand _,
          V2Command _ ->
          cluster;
    };
  }
}
