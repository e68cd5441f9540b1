package io.kvorum.node.server;

/// What a member tells its process. Called from its stages: every method returns at once.
public interface MemberEvents {
  /// Log and state exist on disk, and the member has not spoken to anybody yet. Told once, before
  /// anything else; a failure stops the start.
  void opened();

  /// One group commit reached the disk.
  void logSynced(int entries, long bytes, long nanos);

  /// One batch of committed entries was applied.
  void batchApplied(int entries, long nanos);

  /// The member stops by itself, for good; the process closes it and exits with the reason's code.
  /// Told once.
  void stopping(StopReason reason);

  /// Why a member stops by itself.
  sealed interface StopReason {
    /// It was removed from its cluster: its data must never be used again.
    record Removed() implements StopReason {}

    /// A write or a sync failed: what the disk holds is not known any more.
    record DiskFailed(Throwable cause) implements StopReason {}

    /// Log or state contradict themselves.
    record Damaged(Throwable cause) implements StopReason {}

    /// Log, state or cluster are of a newer program, which shall be started instead.
    record Newer(Throwable cause) implements StopReason {}

    /// A defect of the program.
    record Defect(Throwable cause) implements StopReason {}
  }
}
