package io.kvorum.node.ctl;

import io.grpc.Status;
import java.util.Locale;
import java.util.Set;

/// The text of a failed call, as etcdctl words it.
final class Errors {

  /// Errors of etcd's table that arrive without their code.
  private static final Set<String> TABLED_BUT_UNKNOWN =
      Set.of(
          "etcdserver: re-configuration failed due to not enough started members",
          "etcdserver: too many requests");

  static final String COMPACTED = "etcdserver: mvcc: required revision has been compacted";

  private Errors() {}

  /// Whether a read came too late for its revision.
  static boolean isCompacted(Failure failure) {
    return failure.text().equals(COMPACTED);
  }

  /// An error of etcd's own table is shown as it is; any other with its gRPC code.
  static String text(Status status) {
    String description = status.getDescription() == null ? "" : status.getDescription();
    if (description.startsWith("etcdserver: ")
        && (status.getCode() != Status.Code.UNKNOWN || TABLED_BUT_UNKNOWN.contains(description))) {
      return description;
    }
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      return "context deadline exceeded";
    }
    return "rpc error: code = %s desc = %s".formatted(codeName(status.getCode()), description);
  }

  /// Why a connection could not be made or was lost, in the words of the system.
  static String connectionText(Status status) {
    Throwable cause = status.getCause();
    if (cause == null) {
      return status.getDescription() == null ? "unavailable" : status.getDescription();
    }
    while (cause.getCause() != null && cause.getMessage() == null) {
      cause = cause.getCause();
    }
    String message = cause.getMessage() == null ? "" : cause.getMessage();
    return message.isEmpty() ? cause.getClass().getSimpleName() : message;
  }

  private static String codeName(Status.Code code) {
    if (code == Status.Code.CANCELLED) {
      return "Canceled";
    }
    var name = new StringBuilder();
    for (String word : code.name().split("_", -1)) {
      name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return name.toString();
  }
}
