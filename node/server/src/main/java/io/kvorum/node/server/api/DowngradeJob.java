package io.kvorum.node.server.api;

import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.RecordChange;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.proto.etcd.DowngradeRequest;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The announcement that a cluster is to go back by one minor version. It stands in the state until
/// it is cancelled, is shown in every member's status, and stands in backups.
public final class DowngradeJob {

  private static final Bytes RECORD = Bytes.utf8("downgrade");
  private static final Pattern VERSION =
      Pattern.compile("(\\d{1,6})\\.(\\d{1,6})(?:\\.\\d{1,6}(?:[-+].*)?)?");

  private DowngradeJob() {}

  /// What is to be done about a request.
  sealed interface Decision {
    record Refused(ApiError error) implements Decision {}

    /// Nothing but to say yes.
    record Granted() implements Decision {}

    /// The change comes first.
    record Change(RecordChange change) implements Decision {}
  }

  /// The version that is gone back to, such as 3.5.0, if there is a job.
  public static Optional<String> target(View view) {
    return view.record(RECORD).map(Bytes::toString);
  }

  /// Decides by the state behind the request's own read barrier.
  ///
  /// @param clusterVersion such as 3.6; empty while there is none
  static Decision decide(
      DowngradeRequest request, String clusterVersion, Optional<String> inFlight) {
    return switch (request.getAction()) {
      case VALIDATE -> validate(request, clusterVersion, inFlight);
      case ENABLE ->
          validate(request, clusterVersion, inFlight) instanceof Decision.Refused refused
              ? refused
              : change(Bytes.utf8(minor(request.getVersion()) + ".0"));
      case CANCEL ->
          inFlight.isPresent() ? change(null) : new Decision.Refused(ApiError.NO_DOWNGRADE);
      case UNRECOGNIZED -> new Decision.Refused(ApiError.UNKNOWN_METHOD);
    };
  }

  private static Decision change(@Nullable Bytes target) {
    return new Decision.Change(new RecordChange(RECORD, target));
  }

  private static Decision validate(
      DowngradeRequest request, String clusterVersion, Optional<String> inFlight) {
    String target = minor(request.getVersion());
    if (target.isEmpty()) {
      return new Decision.Refused(ApiError.WRONG_DOWNGRADE_FORMAT);
    }
    if (clusterVersion.isEmpty()) {
      return new Decision.Refused(ApiError.NO_CLUSTER_VERSION);
    }
    if (!target.equals(minorBefore(clusterVersion))) {
      return new Decision.Refused(ApiError.INVALID_DOWNGRADE_TARGET);
    }
    return inFlight.isPresent()
        ? new Decision.Refused(ApiError.DOWNGRADE_IN_PROGRESS)
        : new Decision.Granted();
  }

  /// Major and minor of a version; empty when it is none.
  private static String minor(String version) {
    Matcher parts = VERSION.matcher(version);
    return parts.matches()
        ? Integer.parseInt(parts.group(1)) + "." + Integer.parseInt(parts.group(2))
        : "";
  }

  private static String minorBefore(String version) {
    Matcher parts = VERSION.matcher(version);
    return parts.matches() && Integer.parseInt(parts.group(2)) > 0
        ? Integer.parseInt(parts.group(1)) + "." + (Integer.parseInt(parts.group(2)) - 1)
        : "";
  }
}
