package io.kvorum.node.sim;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Event;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.Leadership;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.LogView;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Membership;
import io.kvorum.node.core.raft.RoleName;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Applier;
import io.kvorum.node.core.replica.Cluster;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Sees all members at once and knows what must never be: the safety properties of the raft paper,
/// and what clients were promised.
final class Oracle {
  /// The hash over all of a state is compared at every so many entries; it costs a walk.
  private static final int HASH_INTERVAL = 16;

  /// An entry and the term before it: by log matching, both follow from term and index.
  private record Known(Entry entry, long previousTerm) {}

  /// A member's vote in a term.
  private record VoteKey(MemberId voter, long term) {}

  /// What applying an entry came to.
  private record Effect(Entry entry, Answer answer) {}

  /// All of a state in short.
  private record Content(long revision, long compactRevision, long keys, long term) {}

  private record Hash(long compactRevision, Outcome hashed) {}

  private final Map<LogPosition, Known> entries = new HashMap<>();
  private final Map<Long, MemberId> leaders = new HashMap<>();
  private final Map<VoteKey, MemberId> votes = new HashMap<>();
  private final TreeMap<Long, Effect> effects = new TreeMap<>();
  private final Map<Long, Content> contents = new HashMap<>();
  private final Map<Long, Hash> hashes = new HashMap<>();

  /// Revision → what changed.
  private final TreeMap<Long, List<Event>> events = new TreeMap<>();

  /// Watcher → the revision up to which it has seen all.
  private final Map<Integer, Long> watched = new TreeMap<>();

  /// The highest index that was applied, by the terms of those who applied it: it was committed in
  /// that term or an earlier one. (Its entry's own term may be earlier than that.)
  private final TreeMap<Long, Long> appliedByTerm = new TreeMap<>();

  private long highestApplied = 1;
  private Membership newestMembership = Membership.EMPTY;
  private long highestAcknowledged = 1;
  private int acknowledged;
  private int delivered;

  /// The highest index that some member has applied.
  long highestApplied() {
    return highestApplied;
  }

  /// Who the members are by the newest entry that some member has applied, be it running or not;
  /// empty before any.
  Membership newestMembership() {
    return newestMembership;
  }

  /// Log matching: a term and an index name one entry, with one history before it.
  void appended(List<Entry> fresh, long termBefore) {
    long previousTerm = termBefore;
    for (Entry entry : fresh) {
      Known known = new Known(entry, previousTerm);
      Known earlier = entries.putIfAbsent(entry.position(), known);
      check(earlier == null || earlier.equals(known), "log matching", List.of(known, entry));
      previousTerm = entry.term();
    }
  }

  /// Election safety: a term has one leader.
  void leads(MemberId member, Leadership leadership) {
    if (leadership.role() == RoleName.LEADER) {
      MemberId earlier = leaders.putIfAbsent(leadership.term(), member);
      check(earlier == null || earlier.equals(member), "one leader in a term", leadership);
    }
  }

  /// Leader completeness: a new leader's log holds all that was committed in earlier terms. (It may
  /// win late, by old votes, when a later term has gone on.)
  void elected(MemberId member, long leaderTerm, LogView log) {
    for (long index : appliedByTerm.headMap(leaderTerm).values()) {
      Effect effect = effects.get(index);
      boolean holds =
          effect == null
              || index < log.firstIndex() - 1
              || (index <= log.lastIndex() && log.term(index) == effect.entry.term());
      check(holds, "leader completeness", member + " lacks " + effect);
    }
  }

  /// A vote has left its voter: it has one in a term.
  void voted(MemberId voter, long term, MemberId candidate) {
    MemberId earlier = votes.putIfAbsent(new VoteKey(voter, term), candidate);
    check(earlier == null || earlier.equals(candidate), "one vote in a term", voter);
  }

  /// State machine safety: at an index all members apply the same entry, with the same effect, and
  /// memberships of neighbours differ by one voter at most.
  ///
  /// @param term the one that the applying member is in
  void applied(List<Entry> batch, Applier.Batch result, Cluster before, long term) {
    Cluster members = before;
    for (int i = 0; i < batch.size(); i++) {
      Entry entry = batch.get(i);
      Answer answer = result.answers().get(i);
      check(
          !(answer instanceof Answer.Applied(Outcome.AlreadyApplied _)),
          "an entry is applied once",
          entry);
      var effect = new Effect(entry, answer);
      Effect earlier = effects.putIfAbsent(entry.index(), effect);
      check(
          earlier == null || earlier.equals(effect),
          "state machine safety",
          earlier + " elsewhere, here " + effect);
      if (answer instanceof Answer.MembersChanged(Cluster after)) {
        check(
            differByOne(members.membership(), after.membership()),
            "voters change one by one",
            entry);
        members = after;
      }
      if (entry.index() >= highestApplied) {
        highestApplied = entry.index();
        newestMembership = members.membership();
      }
      appliedByTerm.merge(term, entry.index(), Math::max);
    }
    var changes = new TreeMap<Long, List<Event>>();
    for (Event event : events(result.applied())) {
      changes.computeIfAbsent(event.revision(), _ -> new ArrayList<>()).add(event);
    }
    changes.forEach(this::changed);
  }

  private static List<Event> events(Applied applied) {
    List<Event> events = applied.events();
    check(events != null, "the events of small batches are told", applied.outcomes());
    return events == null ? List.of() : events;
  }

  private void changed(long revision, List<Event> changes) {
    List<Event> earlier = events.putIfAbsent(revision, changes);
    check(
        earlier == null || areSame(earlier, changes),
        "one change at a revision",
        earlier + " elsewhere, here " + changes);
  }

  private static boolean areSame(List<Event> some, List<Event> others) {
    boolean same = some.size() == others.size();
    for (int i = 0; same && i < some.size(); i++) {
      same = isSame(some.get(i), others.get(i));
    }
    return same;
  }

  private static boolean isSame(Event one, Event other) {
    return one.kind() == other.kind() && one.current().equals(other.current());
  }

  private static boolean differByOne(Membership before, Membership after) {
    Set<MemberId> kept = new HashSet<>(before.voters());
    kept.retainAll(after.voters());
    int common = kept.size();
    return before.voters().size() - common + after.voters().size() - common <= 1;
  }

  /// A member's state stands at an index: it is the state that others had there.
  void stands(MemberId member, View view, boolean inFull) {
    var content =
        new Content(view.revision(), view.compactRevision(), view.keys(), view.appliedTerm());
    Content earlier = contents.putIfAbsent(view.appliedIndex(), content);
    check(
        earlier == null || earlier.equals(content),
        "one state at an index",
        member + " has " + content + " at " + view.appliedIndex() + ", others " + earlier);
    if (inFull || view.appliedIndex() % HASH_INTERVAL == 0) {
      var hash = new Hash(view.compactRevision(), view.hash(0));
      Hash other = hashes.putIfAbsent(view.appliedIndex(), hash);
      check(
          other == null || other.equals(hash),
          "one content at an index",
          member + " has " + hash + " at " + view.appliedIndex() + ", others " + other);
    }
  }

  /// A client was told that its write is done.
  void acknowledged(long revision, Bytes key, Bytes value) {
    acknowledged++;
    highestAcknowledged = Math.max(highestAcknowledged, revision);
    boolean happened =
        events.getOrDefault(revision, List.of()).stream()
            .anyMatch(event ->
                event.current().key().equals(key) && event.current().value().equals(value));
    check(happened, "what is acknowledged has happened", revision + " " + key + "=" + value);
  }

  /// Watch guarantees: ordered, unique, complete, and whole revisions.
  void watched(int watcher, List<Event> shown, long upTo) {
    long from = watched.getOrDefault(watcher, 1L);
    var expected = new ArrayList<Event>();
    if (upTo > from) {
      events.subMap(from, false, upTo, true).values().forEach(expected::addAll);
    }
    check(
        areSame(shown, expected),
        "a watcher sees every change once, in order",
        "revisions " + from + " to " + upTo + ": seen " + shown + ", happened " + expected);
    delivered += shown.size();
    watched.put(watcher, upTo);
  }

  /// A watcher was told that what it wanted is compacted, and goes on from there.
  void watchedFrom(int watcher, long revision) {
    watched.merge(watcher, revision - 1, Math::max);
  }

  /// A state that has come to the end holds everything that was ever promised.
  ///
  /// @param applied what it was waited for to apply; members go on with commands of their own
  void holdsAcknowledged(View view, long applied) {
    check(
        view.revision() >= highestAcknowledged && view.appliedIndex() >= applied,
        "nothing acknowledged is lost",
        "revision %d of %d, entry %d of %d"
            .formatted(view.revision(), highestAcknowledged, view.appliedIndex(), applied));
  }

  private static void check(boolean holds, String property, Object detail) {
    if (!holds) {
      throw new Invariant.Violation(property + ": " + detail);
    }
  }

  /// What this run has shown.
  Simulation.Summary summary(int operations, int undecided, long ticks, Leases leases) {
    return new Simulation.Summary(
        acknowledged,
        operations,
        delivered,
        leaders.size(),
        highestApplied,
        undecided,
        ticks,
        leases.renewals(),
        leases.expiries());
  }
}
