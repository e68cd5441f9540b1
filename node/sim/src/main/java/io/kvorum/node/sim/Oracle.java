package io.kvorum.node.sim;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.Leadership;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.LogView;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Membership;
import io.kvorum.node.core.raft.MemoryLog;
import io.kvorum.node.core.raft.RoleName;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Sees all members at once and knows what must never be: the safety properties of the raft paper,
/// and what clients were promised.
final class Oracle {
  /// An entry and the term before it: by log matching, both follow from term and index.
  private record Known(Entry entry, long previousTerm) {}

  /// A member's vote in a term.
  private record VoteKey(MemberId voter, long term) {}

  private final Map<LogPosition, Known> entries = new HashMap<>();
  private final Map<Long, MemberId> leaders = new HashMap<>();
  private final Map<VoteKey, MemberId> votes = new HashMap<>();

  /// The term at each index that some member has ever taken for committed.
  private final Map<Long, Long> committedTerms = new HashMap<>();

  /// The highest index that was taken for committed in each term.
  private final TreeMap<Long, Long> commitsByTerm = new TreeMap<>();

  private final Map<Long, State> states = new HashMap<>();
  private final Map<Long, Entry> acknowledged = new HashMap<>();
  private final Set<Long> servedReads = new HashSet<>();
  private long highestCommit;
  private long appliedEntries;

  long highestCommit() {
    return highestCommit;
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
    for (long index : commitsByTerm.headMap(leaderTerm).values()) {
      Long term = committedTerms.get(index);
      boolean holds = term == null || index < log.firstIndex() - 1 || log.term(index) == term;
      check(holds, "leader completeness", member + " lacks " + term + "/" + index);
    }
  }

  /// A vote has left its voter: it has one in a term.
  void voted(MemberId voter, long term, MemberId candidate) {
    MemberId earlier = votes.putIfAbsent(new VoteKey(voter, term), candidate);
    check(earlier == null || earlier.equals(candidate), "one vote in a term", voter);
  }

  /// A member takes everything up to an index for committed: all members must agree on what stands
  /// there.
  void committed(long from, long to, long inTerm, MemoryLog log) {
    for (long index = Math.max(from, log.firstIndex() - 1); index <= to; index++) {
      long term = log.term(index);
      Long earlier = committedTerms.putIfAbsent(index, term);
      check(
          earlier == null || earlier == term,
          "one committed entry at an index",
          index + " has terms " + earlier + ", " + term);
    }
    highestCommit = Math.max(highestCommit, to);
    commitsByTerm.merge(inTerm, to, Math::max);
  }

  /// State machine safety: at an index all members have the same state, and memberships of
  /// neighbours differ by one voter at most.
  void applied(Entry entry, State before, State after) {
    appliedEntries++;
    State earlier = states.putIfAbsent(entry.index(), after);
    check(earlier == null || earlier.equals(after), "state machine safety", entry);
    Long term = committedTerms.putIfAbsent(entry.index(), entry.term());
    check(term == null || term == entry.term(), "what is applied is committed", entry);
    check(differByOne(before.membership(), after.membership()), "voters change one by one", entry);
  }

  private static boolean differByOne(Membership before, Membership after) {
    Set<MemberId> changed = new HashSet<>(before.voters());
    changed.retainAll(after.voters());
    int kept = changed.size();
    return before.voters().size() - kept + after.voters().size() - kept <= 1;
  }

  /// A client was told that its command is done.
  void acknowledged(Entry entry) {
    acknowledged.put(entry.index(), entry);
  }

  /// Linearizable reads: state at `index` shows all that was done before the read began.
  void readConfirmed(long contextId, long index, long floor) {
    check(servedReads.add(contextId), "a read is answered once", contextId);
    check(index >= floor, "linearizable reads", "read at " + index + " began at " + floor);
  }

  /// Acknowledged commands are in a state that has come far enough.
  void holdsAcknowledged(State state) {
    State known = states.get(state.position().index());
    check(known == null || known.equals(state), "the final state is the common one", state);
    for (Entry entry : acknowledged.values()) {
      Long term = committedTerms.get(entry.index());
      boolean kept = term != null && term == entry.term();
      check(
          kept && entry.index() <= state.position().index(), "nothing acknowledged is lost", entry);
    }
  }

  private static void check(boolean holds, String property, Object detail) {
    if (!holds) {
      throw new Invariant.Violation(property + ": " + detail);
    }
  }

  /// What this run has shown.
  Simulation.Summary summary() {
    return new Simulation.Summary(
        acknowledged.size(), servedReads.size(), leaders.size(), highestCommit, appliedEntries);
  }
}
