package io.kvorum.node.server;

import io.kvorum.node.core.kv.FeatureLevelException;
import io.kvorum.node.core.log.DamagedLogException;
import io.kvorum.node.core.log.DiskFailedException;
import io.kvorum.node.core.log.RefusedLogException;
import io.kvorum.node.core.raft.LostEntriesException;
import io.kvorum.node.server.MemberEvents.StopReason;
import io.kvorum.node.server.config.ExitCode;
import io.kvorum.node.server.config.StartFailure;
import io.kvorum.node.server.store.StoreFailure;
import java.io.UncheckedIOException;

/// Why a failure of a stage ends the member.
final class StopReasons {
  private StopReasons() {}

  static StopReason of(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case DiskFailedException _, UncheckedIOException _ -> {
          return new StopReason.DiskFailed(failure);
        }
        case DamagedLogException _, LostEntriesException _ -> {
          return new StopReason.Damaged(cause);
        }
        case FeatureLevelException _ -> {
          return new StopReason.Newer(failure);
        }
        case RefusedLogException refused -> {
          return of(refused, failure);
        }
        case StoreFailure store -> {
          return of(store, failure);
        }
        default -> {}
      }
    }
    return new StopReason.Defect(failure);
  }

  /// Whether what is damaged is the log, and not the state.
  static boolean isOfTheLog(Throwable damage) {
    return damage instanceof DamagedLogException || damage instanceof LostEntriesException;
  }

  private static StopReason of(RefusedLogException refused, Throwable failure) {
    return switch (refused.reason()) {
      case NEWER_FORMAT -> new StopReason.Newer(failure);
      case NOT_OURS -> new StopReason.Damaged(failure);
    };
  }

  private static StopReason of(StoreFailure store, Throwable failure) {
    return switch (store.kind()) {
      case FAILED_DISK, NO_SPACE -> new StopReason.DiskFailed(failure);
      case DAMAGED -> new StopReason.Damaged(failure);
      case NEWER_FORMAT -> new StopReason.Newer(failure);
      case MISUSED -> new StopReason.Defect(failure);
    };
  }

  /// A failure while the member starts, with the exit code that tells it.
  static StartFailure atStart(RuntimeException failure) {
    if (failure instanceof StartFailure known) {
      return known;
    }
    ExitCode code =
        switch (failure) {
          case DamagedLogException _ -> ExitCode.DAMAGED_LOG;
          case RefusedLogException refused
              when refused.reason() == RefusedLogException.Reason.NOT_OURS ->
              ExitCode.IDENTITY_LOST;
          default ->
              switch (of(failure)) {
                case StopReason.DiskFailed _ -> ExitCode.DISK_FAILED;
                case StopReason.Damaged _ -> ExitCode.DAMAGED_STATE;
                case StopReason.Newer _ -> ExitCode.NEWER_DATA;
                case StopReason.Removed _ -> ExitCode.REMOVED;
                case StopReason.Defect _ -> ExitCode.INTERNAL;
              };
        };
    return new StartFailure(code, String.valueOf(failure.getMessage()), failure);
  }
}
