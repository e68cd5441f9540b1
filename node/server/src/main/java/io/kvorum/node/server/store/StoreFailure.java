package io.kvorum.node.server.store;

import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/// The state can no longer be trusted to be read or written. The process stops; the kind says with
/// which exit code.
public final class StoreFailure extends RuntimeException {

  /// What is wrong.
  public enum Kind {
    /// The disk failed a read, a write or a sync.
    FAILED_DISK,
    /// The disk is full.
    NO_SPACE,
    /// What was read is not what was written.
    DAMAGED,
    /// The state was written by a newer program.
    NEWER_FORMAT,
    /// The store is used after its end, or asked for what it cannot do.
    MISUSED
  }

  private final Kind kind;

  public StoreFailure(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  static StoreFailure of(String operation, RocksDBException cause) {
    return new StoreFailure(kind(cause.getStatus()), operation + ": " + cause.getMessage(), cause);
  }

  /// While the state is opened, a file that should be there and is not is no refusal of the disk.
  /// The status does not tell; the text is the C library's.
  static StoreFailure atOpen(String operation, RocksDBException cause) {
    boolean missing = String.valueOf(cause.getMessage()).contains("No such file or directory");
    return missing
        ? new StoreFailure(Kind.DAMAGED, operation + ": " + cause.getMessage(), cause)
        : of(operation, cause);
  }

  public Kind kind() {
    return kind;
  }

  private static Kind kind(@Nullable Status status) {
    if (status == null || status.getCode() == null) {
      return Kind.FAILED_DISK;
    }
    if (status.getSubCode() == Status.SubCode.NoSpace) {
      return Kind.NO_SPACE;
    }
    return switch (status.getCode()) {
      case Corruption, NotSupported -> Kind.DAMAGED;
      case InvalidArgument, ShutdownInProgress -> Kind.MISUSED;
      case Ok,
          NotFound,
          IOError,
          MergeInProgress,
          Incomplete,
          TimedOut,
          Aborted,
          Busy,
          Expired,
          TryAgain,
          Undefined ->
          Kind.FAILED_DISK;
    };
  }
}
