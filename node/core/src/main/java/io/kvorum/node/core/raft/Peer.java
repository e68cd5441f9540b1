package io.kvorum.node.core.raft;

import io.kvorum.node.core.Invariant;

/// One other member, as a leader sees it.
///
/// Invariant: match < progress.next, and neither falls below a match once known: a follower's disk
/// forgets nothing.
final class Peer {
  final MemberId id;
  private final RaftConfig config;
  private long match;
  private Progress progress;

  /// Whether it was heard since the last check of the quorum, and in the interval before.
  private boolean active = true;

  private boolean wasActive = true;

  /// The highest round a heartbeat reply has echoed.
  private long ackedRound;

  /// The highest commit index it was told and can use.
  private long toldCommit;

  /// Whether a lost append was already looked for since the last tick.
  private boolean checkedSinceTick;

  Peer(MemberId id, long next, RaftConfig config) {
    this.id = id;
    this.config = config;
    this.progress = new Progress.Probing(next, false);
  }

  long match() {
    return match;
  }

  Progress progress() {
    return progress;
  }

  long ackedRound() {
    return ackedRound;
  }

  long toldCommit() {
    return toldCommit;
  }

  boolean isActive() {
    return active;
  }

  boolean wasActiveLately() {
    return active || wasActive;
  }

  void heard() {
    active = true;
  }

  /// Begins a new interval of the quorum check.
  void forgetActivity() {
    wasActive = active;
    active = false;
  }

  void tick() {
    checkedSinceTick = false;
  }

  void tellCommit(long commit) {
    toldCommit = Math.max(toldCommit, commit);
  }

  /// An append went out up to this index.
  void sent(long last, long bytes) {
    progress =
        switch (progress) {
          case Progress.Probing(long next, _) -> new Progress.Probing(next, true);
          case Progress.Replicating(_, Window inFlight) -> {
            inFlight.add(last, bytes);
            yield new Progress.Replicating(last + 1, inFlight);
          }
          case Progress.Snapshotting snapshotting ->
              throw Invariant.unreachable("no append during " + snapshotting);
        };
  }

  /// The follower holds the leader's log up to this index.
  ///
  /// @param canContinue whether the leader's log still holds what follows
  void accepted(long index, boolean canContinue) {
    match = Math.max(match, index);
    progress =
        switch (progress) {
          case Progress.Probing _ when index < match -> progress; // an old reply
          case Progress.Probing _ -> new Progress.Replicating(match + 1, new Window(config));
          case Progress.Replicating(long next, Window inFlight) -> {
            inFlight.arrived(index);
            yield new Progress.Replicating(Math.max(next, match + 1), inFlight);
          }
          case Progress.Snapshotting(long snapshotIndex)
              when match >= snapshotIndex || canContinue ->
              new Progress.Replicating(match + 1, new Window(config));
          case Progress.Snapshotting _ -> progress;
        };
  }

  /// The follower has no entry like the leader's at `rejected`.
  ///
  /// @param agreement the highest index where the logs may agree, judged by the follower's hint
  void rejected(long rejected, long agreement) {
    progress =
        switch (progress) {
          case Progress.Replicating _ when rejected > match ->
              new Progress.Probing(match + 1, false);
          case Progress.Probing(long next, _) when next - 1 == rejected && rejected > match ->
              new Progress.Probing(Math.max(Math.min(rejected, agreement + 1), match + 1), false);
          case Progress.Replicating _, Progress.Probing _, Progress.Snapshotting _ -> progress;
        };
  }

  /// Messages on their way may be lost: begin again where the logs are known to agree, at the next
  /// sign of life.
  void unreachable() {
    if (progress instanceof Progress.Replicating) {
      progress = new Progress.Probing(match + 1, true);
    }
  }

  void snapshotting(long snapshotIndex) {
    progress = new Progress.Snapshotting(snapshotIndex);
  }

  /// The snapshot's content arrived or did not. Either way the next append waits for a sign of
  /// life.
  void snapshotReported(boolean delivered) {
    if (progress instanceof Progress.Snapshotting(long snapshotIndex)) {
      long next = delivered ? Math.max(match, snapshotIndex) + 1 : match + 1;
      progress = new Progress.Probing(next, true);
    }
  }

  /// A heartbeat's reply: the follower lives and has seen this round.
  void heartbeatReplied(long round) {
    ackedRound = Math.max(ackedRound, round);
    if (progress instanceof Progress.Probing(long next, boolean awaiting) && awaiting) {
      progress = new Progress.Probing(next, false);
    }
  }

  /// Whether to ask, once a tick, if the appends under way have been lost: it answers heartbeats
  /// and does not have all it was sent.
  boolean shouldCheckForLoss() {
    if (checkedSinceTick
        || !(progress instanceof Progress.Replicating(long next, _))
        || match >= next - 1) {
      return false;
    }
    checkedSinceTick = true;
    return true;
  }

  Status.PeerStatus status(boolean learner) {
    Status.State state =
        switch (progress) {
          case Progress.Probing _ -> Status.State.PROBING;
          case Progress.Replicating _ -> Status.State.REPLICATING;
          case Progress.Snapshotting _ -> Status.State.SNAPSHOTTING;
        };
    return new Status.PeerStatus(id, learner, match, progress.next(), state, wasActiveLately());
  }
}
