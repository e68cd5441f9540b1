package io.kvorum.node.core.replica;

import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.NamedRecord;
import io.kvorum.node.core.kv.RecordChange;
import io.kvorum.node.core.kv.Records;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Membership;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// Who the members are: replicated through the log and kept as named records of the state machine,
/// written in the same batch as the applied index.
///
/// Invariant: no id is both a member and removed.
///
/// @param members by id
/// @param removed ids that never come back
/// @param version major.minor of the etcd API that all members speak; empty until agreed
public record Cluster(
    SortedMap<MemberId, MemberRecord> members, SortedSet<MemberId> removed, String version) {
  /// Of a member that joins and knows nobody yet.
  public static final Cluster UNKNOWN = new Cluster(new TreeMap<>(), new TreeSet<>(), "");

  private static final Bytes MEMBERS = Bytes.utf8("member/");
  private static final Bytes REMOVED = Bytes.utf8("removed/");

  public Cluster {
    members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
    removed = Collections.unmodifiableSortedSet(new TreeSet<>(removed));
  }

  /// A new cluster of these members.
  public static Cluster of(Collection<MemberRecord> founders) {
    var members = new TreeMap<MemberId, MemberRecord>();
    for (MemberRecord founder : founders) {
      members.put(founder.id(), founder);
    }
    return new Cluster(members, new TreeSet<>(), "");
  }

  /// What applying a change comes to.
  public sealed interface Change {
    /// It takes effect; the records persist it.
    record Accepted(Cluster after, List<RecordChange> records) implements Change {
      public Accepted {
        records = List.copyOf(records);
      }
    }

    /// It has no effect.
    record Refused(MembershipRefusal reason) implements Change {}
  }

  /// Decides a membership request against this cluster: a function of the log alone, so that every
  /// member decides alike.
  ///
  /// @param maxLearners the bound of the member that proposed it, which travels in the entry
  public Change apply(MembershipRequest request, int maxLearners) {
    Optional<MembershipRefusal> refusal = refusal(request, maxLearners);
    if (refusal.isPresent()) {
      return new Change.Refused(refusal.get());
    }
    return switch (request) {
      case MembershipRequest.Add(MemberId id, List<String> urls, boolean learner) ->
          with(new MemberRecord(id, urls, learner, MemberRecord.Attributes.UNPUBLISHED));
      case MembershipRequest.Promote(MemberId id) -> with(member(id).promoted());
      case MembershipRequest.UpdatePeerUrls(MemberId id, List<String> urls) ->
          with(member(id).withPeerUrls(urls));
      case MembershipRequest.Remove(MemberId id) -> without(id);
    };
  }

  /// Why the request contradicts this cluster, if it does.
  public Optional<MembershipRefusal> refusal(MembershipRequest request, int maxLearners) {
    MemberId id = request.member();
    return switch (request) {
      case MembershipRequest.Add add -> refusalOf(add, maxLearners);
      case MembershipRequest.Promote _ when !members.containsKey(id) -> notFound();
      case MembershipRequest.Promote _ when !member(id).learner() ->
          Optional.of(MembershipRefusal.NOT_LEARNER);
      case MembershipRequest.Remove _ when !members.containsKey(id) -> notFound();
      case MembershipRequest.UpdatePeerUrls _ when !members.containsKey(id) -> notFound();
      case MembershipRequest.UpdatePeerUrls update when isTaken(update.peerUrls(), id) ->
          Optional.of(MembershipRefusal.PEER_URL_EXISTS);
      case MembershipRequest.Promote _,
          MembershipRequest.Remove _,
          MembershipRequest.UpdatePeerUrls _ ->
          Optional.empty();
    };
  }

  private Optional<MembershipRefusal> refusalOf(MembershipRequest.Add add, int maxLearners) {
    if (removed.contains(add.member())) {
      return notFound();
    }
    if (members.containsKey(add.member())) {
      return Optional.of(MembershipRefusal.MEMBER_EXISTS);
    }
    if (isTaken(add.peerUrls(), add.member())) {
      return Optional.of(MembershipRefusal.PEER_URL_EXISTS);
    }
    return add.learner() && learners() >= maxLearners
        ? Optional.of(MembershipRefusal.TOO_MANY_LEARNERS)
        : Optional.empty();
  }

  private static Optional<MembershipRefusal> notFound() {
    return Optional.of(MembershipRefusal.MEMBER_NOT_FOUND);
  }

  private boolean isTaken(List<String> urls, MemberId by) {
    return members.values().stream()
        .filter(member -> !member.id().equals(by))
        .anyMatch(member -> !Collections.disjoint(member.peerUrls(), urls));
  }

  private long learners() {
    return members.values().stream().filter(MemberRecord::learner).count();
  }

  private MemberRecord member(MemberId id) {
    return maybeMember(id).orElseThrow();
  }

  public Optional<MemberRecord> maybeMember(MemberId id) {
    return Optional.ofNullable(members.get(id));
  }

  private Change with(MemberRecord member) {
    return new Change.Accepted(replaced(member), List.of(record(member)));
  }

  private Cluster replaced(MemberRecord member) {
    var after = new TreeMap<>(members);
    after.put(member.id(), member);
    return new Cluster(after, removed, version);
  }

  private Change without(MemberId id) {
    var after = new TreeMap<>(members);
    after.remove(id);
    var tombstones = new TreeSet<>(removed);
    tombstones.add(id);
    return new Change.Accepted(
        new Cluster(after, tombstones, version),
        List.of(
            new RecordChange(name(MEMBERS, id), null),
            new RecordChange(Records.attributes(id.value()), null),
            new RecordChange(name(REMOVED, id), Bytes.EMPTY)));
  }

  /// After a member has published itself; what a stranger publishes has no effect.
  Cluster withAttributes(Command.MemberAttributes published) {
    return maybeMember(new MemberId(published.memberId()))
        .map(member -> replaced(member.withAttributes(attributes(published))))
        .orElse(this);
  }

  Cluster withVersion(String agreed) {
    return new Cluster(members, removed, agreed);
  }

  /// The records that hold all of this cluster, for a state machine that holds none of it.
  public List<RecordChange> records() {
    var changes = new ArrayList<RecordChange>();
    members.values().forEach(member -> changes.add(record(member)));
    removed.forEach(id -> changes.add(new RecordChange(name(REMOVED, id), Bytes.EMPTY)));
    return changes;
  }

  /// Reads what the state machine holds.
  public static Cluster read(RecordSource source) {
    var members = new TreeMap<MemberId, MemberRecord>();
    for (NamedRecord record : source.records(MEMBERS)) {
      MemberRecord member = MemberCodec.decodeMember(record.value().array());
      members.put(member.id(), member);
    }
    for (NamedRecord record : source.records(Records.ATTRIBUTES)) {
      Command.MemberAttributes published = CommandCodec.decodeAttributes(record.value());
      members.computeIfPresent(
          new MemberId(published.memberId()),
          (_, member) -> member.withAttributes(attributes(published)));
    }
    var removed = new TreeSet<MemberId>();
    for (NamedRecord record : source.records(REMOVED)) {
      String name = record.name().toString();
      removed.add(MemberId.parse(name.substring(REMOVED.length())));
    }
    String version = source.record(Records.CLUSTER_VERSION).map(Bytes::toString).orElse("");
    return new Cluster(members, removed, version);
  }

  /// Where the records of a state machine can be read.
  public interface RecordSource {
    List<NamedRecord> records(Bytes prefix);

    Optional<Bytes> record(Bytes name);
  }

  private static MemberRecord.Attributes attributes(Command.MemberAttributes published) {
    return new MemberRecord.Attributes(
        published.name(), published.clientUrls(), published.apiVersion(), published.featureLevel());
  }

  private static RecordChange record(MemberRecord member) {
    return new RecordChange(
        name(MEMBERS, member.id()), Bytes.wrap(MemberCodec.encodeMember(member)));
  }

  private static Bytes name(Bytes prefix, MemberId id) {
    return Bytes.utf8(prefix + id.toString());
  }

  /// The part of this that consensus needs.
  public Membership membership() {
    return Membership.of(
        ids(members.values().stream().filter(member -> !member.learner()).toList()),
        ids(members.values().stream().filter(MemberRecord::learner).toList()));
  }

  private static List<MemberId> ids(List<MemberRecord> members) {
    return members.stream().map(MemberRecord::id).toList();
  }

  /// The voting members.
  public List<MemberRecord> voters() {
    return members.values().stream().filter(member -> !member.learner()).toList();
  }

  /// Asked with every batch, so it makes nothing.
  public boolean isVoter(MemberId id) {
    MemberRecord member = members.get(id);
    return member != null && !member.learner();
  }

  public boolean isLearner(MemberId id) {
    return maybeMember(id).map(MemberRecord::learner).orElse(false);
  }

  public boolean isRemoved(MemberId id) {
    return removed.contains(id);
  }
}
