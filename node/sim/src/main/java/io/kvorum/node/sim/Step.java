package io.kvorum.node.sim;

/// One thing that somebody does to the world at a tick: a client, an operator, or bad luck. A plan
/// is a list of these; leaving some out makes a smaller plan, which is how a failure is shrunk.
///
/// Members are meant by number, modulo how many there are by then. Durations are in units of a
/// hundredth of a tick.
///
/// @param number of its own in the plan, also when others are left out
record Step(int number, int tick, Act act) {

  /// What is done.
  sealed interface Act {}

  // Clients.

  record Put(int member, int key) implements Act {}

  record Get(int member, int key) implements Act {}

  /// Writes if the key still has the value that this client's last answer showed.
  record CompareAndSet(int member, int key) implements Act {}

  /// A command beside the keys that are judged: leases, compaction, deletions.
  record Background(int member, Kind kind, int number) implements Act {
    enum Kind {
      GRANT,
      PUT_WITH_LEASE,
      CHECKPOINT,
      REVOKE,
      DELETE,
      COMPACT
    }
  }

  /// Somebody wants a lease that is judged; its number is the step's.
  record GrantLease(int member, int seconds) implements Act {}

  /// Somebody renews one of the leases.
  record RenewLease(int which) implements Act {}

  /// A watcher looks for another member to follow.
  record MoveWatcher(int watcher, int member) implements Act {}

  // Operators.

  record AddMember(int member, boolean learner) implements Act {}

  record PromoteLearner(int member) implements Act {}

  record RemoveMember(int member, int leaving) implements Act {}

  record Transfer(int target) implements Act {}

  /// SIGTERM, and a start later.
  record Stop(int member, int downFor) implements Act {}

  // Bad luck.

  record Kill(int member, int downFor) implements Act {}

  record PowerLoss(int member, int downFor) implements Act {}

  /// The power goes at the disk operation that follows this many others.
  record PowerLossDuring(int member, int operations, int downFor) implements Act {}

  /// The disk operation that follows this many others fails.
  record DiskFailure(int member, int operations, int downFor) implements Act {}

  record DiskFull(int member, int duration) implements Act {}

  record DiskStall(int member, int duration) implements Act {}

  record Pause(int member, int duration) implements Act {}

  /// The process stops in order, and before it starts again a bit of its log flips.
  record BitFlip(int member, int where, int downFor) implements Act {}

  /// Separates the members whose bit is set from the others.
  record Partition(int side, boolean oneWay, int duration) implements Act {}

  /// A connection breaks and comes back.
  record Flap(int one, int other, int duration) implements Act {}

  /// The store writes its memory to disk.
  record Flush(int member) implements Act {}
}
