package io.kvorum.node.core.kv;

import java.util.List;

/// The state machine: applies committed entries to a store, in the order of the log. It has one
/// user, the apply stage; readers use the views that it hands out.
///
/// The same log gives the same content on every member, however it is cut into batches and however
/// often a member was killed in between: entries at or below the applied index are skipped, and the
/// applied index is written in the same batch as what the entries changed. An entry that changes
/// too much for one batch is written in parts, see `Unfinished`; no view shows one without the
/// others.
///
/// A command that cannot be done has an `Outcome.Failure` and no effect. Bytes that are no command
/// are our bug, see `Invariant`.
public final class Kv {

  /// The highest feature level that this program knows.
  public static final int MAX_FEATURE_LEVEL = 3;

  /// Enough for whatever answers a test or a tool asks for.
  private static final ApplyBounds DEFAULT_BOUNDS = ApplyBounds.withAnswers(64 << 20);

  private final KvStore store;
  private final ApplyBounds bounds;
  private State state;
  private List<Alarm> alarms;
  private KeyCounts counts;
  private Accounts accounts;

  private Kv(KvStore store, ApplyBounds bounds) {
    this.store = store;
    this.bounds = bounds;
    KvStore.Reader reader = store.latest();
    state = State.read(reader);
    FeatureLevelException.check(state.featureLevel());
    alarms = MetaRows.alarms(reader);
    counts = KeyCounts.read(reader);
    accounts = Accounts.read(reader);
  }

  public static Kv open(KvStore store) {
    return open(store, DEFAULT_BOUNDS);
  }

  /// Takes up the state that the store holds; a new store is empty at revision 1. An entry of which
  /// only a part was written is finished.
  ///
  /// @throws FeatureLevelException if the store was written by a newer program
  public static Kv open(KvStore store, ApplyBounds bounds) {
    var kv = new Kv(store, bounds);
    Unfinished entry = Unfinished.read(store.latest());
    if (entry != null) {
      kv.finish(entry);
    }
    return kv;
  }

  private void finish(Unfinished entry) {
    Workspace workspace = workspace();
    var applier = new Applier(workspace, state, alarms, accounts, 0);
    applier.finish(entry);
    commit(workspace, applier);
  }

  private Workspace workspace() {
    return new Workspace(store, counts, state.bytesAdded(), bounds);
  }

  private void commit(Workspace workspace, Applier applier) {
    workspace.commit(applier.state());
    state = applier.state().withBytesAdded(workspace.bytesAdded());
    alarms = applier.alarms();
    counts = workspace.counts();
    accounts = applier.accounts();
  }

  /// The index of the last entry that is part of the state.
  public long appliedIndex() {
    return state.appliedIndex();
  }

  public long appliedTerm() {
    return state.appliedTerm();
  }

  /// The index up to which entries need not be applied again after a crash. The log may be cut
  /// behind it and nowhere above. Never read it from `appliedIndex`.
  public long persistedIndex() {
    return State.persisted(store).appliedIndex();
  }

  /// A view of the present state, owned by the caller.
  public View view() {
    return new View(store.snapshot(), state, new View.Facts(alarms, accounts), counts);
  }

  /// Applies entries, with one atomic write unless they change too much for that. Their indexes
  /// follow one another; those already applied may lead them.
  public Applied apply(List<Committed> batch) {
    Workspace workspace = workspace();
    var applier = new Applier(workspace, state, alarms, accounts, bounds.answerBytes());
    List<Outcome> outcomes = applier.apply(batch);
    if (applier.state().appliedIndex() > state.appliedIndex()) {
      commit(workspace, applier);
    }
    return new Applied(outcomes, workspace.events(), view());
  }
}
