package io.kvorum.node.core.raft;

import io.kvorum.node.core.Invariant;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The log as consensus sees it: the newest entries in memory, older ones through the [LogView],
/// and how far each stage has come.
///
/// Storage is asynchronous: an entry is first only here, then *issued* to the log stage in a
/// [Ready], then *synced*. A conflicting leader may overwrite entries at any of these points, even
/// ones on their way to the disk. So each write under way remembers how far it covers the log *as
/// it now is*: overwriting from an index lowers that mark of every write under way. When the sync
/// of an overwritten write is reported at last, it vouches for nothing beyond the mark, and an
/// entry is never taken for durable because an older one at its index was, not even if both are of
/// the same term.
///
/// Invariant: applied ≤ handedOut ≤ committed ≤ last; handedOut ≤ synced unless a snapshot is on
/// its way to the disk; synced ≤ issued ≤ last; memory begins at or below synced + 1.
final class RaftLog {
  /// One Ready in the log stage.
  private static final class Write {
    final long number;
    final HardState hardState;
    final @Nullable Snapshot snapshot;
    final long bornTick;

    /// The index up to which the log is durable once this write is.
    long coversUpTo;

    Write(
        long number,
        HardState hardState,
        @Nullable Snapshot snapshot,
        long bornTick,
        long coversUpTo) {
      this.number = number;
      this.hardState = hardState;
      this.snapshot = snapshot;
      this.bornTick = bornTick;
      this.coversUpTo = coversUpTo;
    }
  }

  /// Entries handed out to be applied.
  private record Applying(long last, long bytes) {}

  private final LogView view;
  private final RaftConfig config;
  private final EntryRing memory;
  private final ArrayDeque<Write> writes = new ArrayDeque<>();
  private final ArrayDeque<Applying> applying = new ArrayDeque<>();

  /// Accepted and not yet synced; until then the view still shows the log it replaces.
  private @Nullable Snapshot restoring;

  private boolean restoringIssued;

  private HardState durable;
  private LogPosition last;
  private long issued;
  private long synced;
  private long committed;
  private long handedOut;
  private long applied;
  private long applyingBytes;

  /// At least the index of the last membership change in the log. It may be too high (after a
  /// restart, or when the change was overwritten), which only delays a campaign.
  private long lastMembershipChange;

  RaftLog(RaftConfig config, Restored restored, LogView view) {
    this.config = config;
    this.view = view;
    long lastIndex = view.lastIndex();
    LogPosition appliedPosition = restored.applied();
    Invariant.check(
        view.term(appliedPosition.index()) == appliedPosition.term(),
        "the log goes on from the applied state",
        appliedPosition);
    long start = Math.max(restored.hardState().commit(), appliedPosition.index());
    Invariant.check(start <= lastIndex, "the log holds what is committed", start, lastIndex);
    memory = new EntryRing(lastIndex + 1);
    last = new LogPosition(view.term(lastIndex), lastIndex);
    Invariant.check(last.term() != LogView.UNKNOWN_TERM, "the last entry has a term", last);
    issued = lastIndex;
    synced = lastIndex;
    committed = start;
    handedOut = appliedPosition.index();
    applied = appliedPosition.index();
    durable = restored.hardState();
    lastMembershipChange = lastIndex;
  }

  LogPosition last() {
    return last;
  }

  long lastIndex() {
    return last.index();
  }

  long synced() {
    return synced;
  }

  /// Up to where the log stage has been given the log as it is now.
  long issuedIndex() {
    return snapshotToIssue() == null ? issued : synced;
  }

  long committed() {
    return committed;
  }

  LogPosition committedPosition() {
    return new LogPosition(term(committed), committed);
  }

  long applied() {
    return applied;
  }

  /// The newest hard state known to be on disk.
  HardState durable() {
    return durable;
  }

  /// Whether a snapshot is on its way to the disk.
  boolean isRestoring() {
    return restoring != null;
  }

  /// Whether a committed membership change may still have to be applied. Who campaigns then would
  /// count votes by a membership more than one step behind, and two leaders might be elected.
  boolean hasUnappliedMembershipChange() {
    return applied < Math.min(committed, lastMembershipChange);
  }

  /// Whether a committed membership change may lie above this index.
  boolean hasCommittedMembershipChangeAbove(long index) {
    return lastMembershipChange > index && lastMembershipChange <= committed;
  }

  /// The term of the entry at an index, or [LogView#UNKNOWN_TERM].
  long term(long index) {
    if (index == last.index()) {
      return last.term();
    }
    if (index > last.index()) {
      return LogView.UNKNOWN_TERM;
    }
    if (index >= memory.first()) {
      return memory.get(index).term();
    }
    if (restoring != null) {
      LogPosition base = restoring.position();
      return index == base.index() ? base.term() : LogView.UNKNOWN_TERM;
    }
    return view.term(index);
  }

  boolean matches(LogPosition position) {
    return term(position.index()) == position.term();
  }

  /// Entries from `from` until before `until`, cut after about `maxBytes` but not before one; empty
  /// if they have been compacted away. Fewer than asked for may come.
  List<Entry> slice(long from, long until, long maxBytes) {
    if (from >= memory.first()) {
      return memory.slice(from, until, maxBytes);
    }
    Invariant.check(restoring == null, "nothing below a snapshot is read");
    return view.entries(from, Math.min(until, memory.first()), maxBytes);
  }

  /// Adds an entry at the end.
  void append(Entry entry) {
    memory.add(entry);
    last = entry.position();
    if (entry.type() == EntryType.MEMBERSHIP) {
      lastMembershipChange = entry.index();
    }
  }

  /// Takes over a leader's entries that follow a matching position: skips those it has, and
  /// overwrites from the first that differs.
  void merge(List<Entry> entries) {
    int fresh = 0;
    while (fresh < entries.size() && matches(entries.get(fresh).position())) {
      fresh++;
    }
    if (fresh == entries.size()) {
      return;
    }
    long from = entries.get(fresh).index();
    if (from <= last.index()) {
      cutFrom(from);
    }
    for (Entry entry : entries.subList(fresh, entries.size())) {
      append(entry);
    }
  }

  private void cutFrom(long index) {
    Invariant.check(index > committed, "what is committed stays", index, committed);
    long before = index - 1;
    long term = term(before);
    Invariant.check(term != LogView.UNKNOWN_TERM, "a cut leaves a known end", before, committed);
    if (index < memory.first()) {
      memory.restart(index);
    } else {
      memory.cutFrom(index);
    }
    last = new LogPosition(term, before);
    lowerMarks(before);
  }

  private void lowerMarks(long index) {
    issued = Math.min(issued, index);
    synced = Math.min(synced, index);
    for (Write write : writes) {
      write.coversUpTo = Math.min(write.coversUpTo, index);
    }
  }

  /// The last position at or below `from` whose term is not above `term`: where this log may still
  /// agree with one that has `term` at `from`. Stops at `floor`, below which the logs agree anyway.
  LogPosition lastNotAbove(long term, long from, long floor) {
    long index = Math.min(from, last.index());
    while (index > floor && term(index) > term) {
      index--;
    }
    return new LogPosition(Math.max(0, term(index)), index);
  }

  /// Replaces everything by a snapshot newer than what is committed.
  void restore(Snapshot snapshot) {
    LogPosition position = snapshot.position();
    Invariant.check(
        position.index() > committed, "a snapshot goes forward", position.index(), committed);
    lowerMarks(committed);
    memory.restart(position.index() + 1);
    last = position;
    issued = position.index();
    committed = position.index();
    handedOut = position.index();
    restoring = snapshot;
    restoringIssued = false;
    lastMembershipChange = position.index();
  }

  /// Returns whether the commit index has moved.
  boolean commitTo(long index) {
    if (index <= committed) {
      return false;
    }
    Invariant.check(index <= last.index(), "only what exists is committed", index, last.index());
    committed = index;
    return true;
  }

  /// The snapshot the log stage has not yet been given.
  @Nullable Snapshot snapshotToIssue() {
    return restoringIssued ? null : restoring;
  }

  boolean hasEntriesToIssue() {
    return issued < last.index();
  }

  /// All entries the log stage has not yet been given.
  List<Entry> entriesToIssue() {
    return hasEntriesToIssue()
        ? memory.slice(issued + 1, last.index() + 1, Long.MAX_VALUE)
        : List.of();
  }

  /// Whether the log stage can take another Ready.
  boolean canIssue() {
    return writes.size() < config.maxReadiesInFlight();
  }

  /// Everything there is goes to the log stage as this Ready.
  void issue(long number, HardState hardState, long tick) {
    Snapshot snapshot = snapshotToIssue();
    restoringIssued = restoring != null;
    issued = last.index();
    writes.add(new Write(number, hardState, snapshot, tick, issued));
  }

  /// How long the oldest Ready has been in the log stage.
  int unsyncedTicks(long now) {
    Write oldest = writes.peek();
    return oldest == null ? 0 : (int) Math.min(Integer.MAX_VALUE, now - oldest.bornTick);
  }

  /// The log stage has made all Readies up to this number durable.
  void synced(long number) {
    while (!writes.isEmpty() && writes.element().number <= number) {
      Write write = writes.remove();
      synced = Math.max(synced, write.coversUpTo);
      durable = write.hardState;
      if (write.snapshot != null && write.snapshot.equals(restoring)) {
        restoring = null;
      }
    }
    Invariant.check(synced <= issued, "only what was issued is synced", synced, issued);
    shrinkMemory();
  }

  private void shrinkMemory() {
    while (memory.bytes() > config.cacheBytes() && memory.first() <= synced) {
      memory.dropFirst();
    }
  }

  boolean hasEntriesToApply() {
    return handedOut < Math.min(committed, synced) && applyingBytes < config.maxApplyingBytes();
  }

  /// The next committed entries to apply. Only what is durable here: state that ran ahead of its
  /// log could not be recovered.
  List<Entry> entriesToApply() {
    if (!hasEntriesToApply()) {
      return List.of();
    }
    List<Entry> entries =
        slice(
            handedOut + 1,
            Math.min(committed, synced) + 1,
            config.maxApplyingBytes() - applyingBytes);
    Invariant.check(!entries.isEmpty(), "the log keeps what is not applied", handedOut, applied);
    long bytes = 0;
    for (Entry entry : entries) {
      bytes += entry.size();
    }
    handedOut = entries.getLast().index();
    applying.add(new Applying(handedOut, bytes));
    applyingBytes += bytes;
    return entries;
  }

  void applied(long index) {
    Invariant.check(index <= handedOut, "only what was handed out is applied", index, handedOut);
    applied = Math.max(applied, index);
    while (!applying.isEmpty() && applying.element().last <= index) {
      applyingBytes -= applying.remove().bytes;
    }
  }

  /// Checks the order in which the stages follow each other.
  void checkOrder() {
    Invariant.check(applied <= handedOut, "applied <= handedOut", applied, handedOut);
    Invariant.check(handedOut <= committed, "handedOut <= committed", handedOut, committed);
    Invariant.check(committed <= last.index(), "committed <= last", committed, last.index());
    Invariant.check(
        handedOut <= synced || restoring != null, "handedOut <= synced", handedOut, synced);
    Invariant.check(synced <= issued, "synced <= issued", synced, issued);
    Invariant.check(issued <= last.index(), "issued <= last", issued, last.index());
    Invariant.check(memory.last() == last.index(), "memory ends", memory.last(), last.index());
    Invariant.check(
        memory.first() <= synced + 1 || restoring != null,
        "what is not synced is in memory",
        memory.first(),
        synced);
  }
}
