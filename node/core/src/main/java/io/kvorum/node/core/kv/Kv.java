package io.kvorum.node.core.kv;

import java.util.List;

/// The state machine: applies committed entries to a store, in the order of the log. It has one
/// user, the apply stage; readers use the views that it hands out.
///
/// The same log gives the same content on every member, however it is cut into batches and however
/// often a member was killed in between: entries at or below the applied index are skipped, and the
/// applied index is written in the same batch as what the entries changed.
///
/// A command that cannot be done has an `Outcome.Failure` and no effect. Bytes that are no command
/// are our bug, see `Invariant`.
public final class Kv {

  /// The highest feature level that this program knows.
  public static final int MAX_FEATURE_LEVEL = 3;

  private final KvStore store;
  private State state;
  private List<Alarm> alarms;
  private KeyCounts counts;
  private Accounts accounts;

  private Kv(KvStore store, State state, List<Alarm> alarms, KeyCounts counts, Accounts accounts) {
    this.store = store;
    this.state = state;
    this.alarms = alarms;
    this.counts = counts;
    this.accounts = accounts;
  }

  /// Takes up the state that the store holds; a new store is empty at revision 1.
  ///
  /// @throws FeatureLevelException if the store was written by a newer program
  public static Kv open(KvStore store) {
    KvStore.Reader reader = store.latest();
    State state = State.read(reader);
    FeatureLevelException.check(state.featureLevel());
    return new Kv(
        store, state, MetaRows.alarms(reader), KeyCounts.read(reader), Accounts.read(reader));
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

  /// Applies entries with one atomic write. Their indexes follow one another; those already applied
  /// may lead them.
  public Applied apply(List<Committed> batch) {
    var workspace = new Workspace(store, counts, state.bytesAdded());
    var applier = new Applier(workspace, state, alarms, accounts);
    List<Outcome> outcomes = applier.apply(batch);
    if (applier.state().appliedIndex() > state.appliedIndex()) {
      workspace.commit(applier.state());
      state = applier.state().withBytesAdded(workspace.bytesAdded());
      alarms = applier.alarms();
      counts = workspace.counts();
      accounts = applier.accounts();
    }
    return new Applied(outcomes, workspace.events(), view());
  }
}
