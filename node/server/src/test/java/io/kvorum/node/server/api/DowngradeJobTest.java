package io.kvorum.node.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.proto.etcd.DowngradeRequest;
import io.kvorum.node.proto.etcd.DowngradeRequest.DowngradeAction;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which announcements of a downgrade are taken, and by which error the others are refused.
final class DowngradeJobTest {

  private static DowngradeJob.Decision decide(
      DowngradeAction action, String version, String clusterVersion, String inFlight) {
    return DowngradeJob.decide(
        DowngradeRequest.newBuilder().setAction(action).setVersion(version).build(),
        clusterVersion,
        Optional.of(inFlight).filter(target -> !target.isEmpty()));
  }

  @ParameterizedTest
  @CsvSource({
    "VALIDATE, 3.4, 3.6, '', INVALID_DOWNGRADE_TARGET",
    "VALIDATE, 3.6.0, 3.6, '', INVALID_DOWNGRADE_TARGET",
    "VALIDATE, 3.4, 3.6, 3.5.0, INVALID_DOWNGRADE_TARGET",
    "VALIDATE, 3.5, 3.6, 3.5.0, DOWNGRADE_IN_PROGRESS",
    "VALIDATE, three, 3.6, '', WRONG_DOWNGRADE_FORMAT",
    "VALIDATE, '', 3.6, '', WRONG_DOWNGRADE_FORMAT",
    "ENABLE, 3, 3.6, '', WRONG_DOWNGRADE_FORMAT",
    "ENABLE, 3.5, '', '', NO_CLUSTER_VERSION",
    "ENABLE, 3.5.0, 3.6, 3.5.0, DOWNGRADE_IN_PROGRESS",
    "CANCEL, '', 3.6, '', NO_DOWNGRADE",
    "UNRECOGNIZED, '', 3.6, '', UNKNOWN_METHOD",
  })
  void refused(
      String action, String version, String clusterVersion, String inFlight, ApiError error) {
    DowngradeRequest.Builder request = DowngradeRequest.newBuilder().setVersion(version);
    if (action.equals("UNRECOGNIZED")) {
      request.setActionValue(99);
    } else {
      request.setAction(DowngradeAction.valueOf(action));
    }
    assertThat(
            DowngradeJob.decide(
                request.build(),
                clusterVersion,
                Optional.of(inFlight).filter(target -> !target.isEmpty())))
        .isEqualTo(new DowngradeJob.Decision.Refused(error));
  }

  @Test
  void oneMinorBack_isGranted_recorded_andRecalled() {
    assertThat(decide(DowngradeAction.VALIDATE, "3.5", "3.6", ""))
        .isEqualTo(new DowngradeJob.Decision.Granted());
    assertThat(recorded(decide(DowngradeAction.ENABLE, "3.5.17", "3.6", "")))
        .hasValue(Bytes.utf8("3.5.0"));
    assertThat(recorded(decide(DowngradeAction.CANCEL, "", "3.6", "3.5.0"))).isEmpty();
  }

  private static Optional<Bytes> recorded(DowngradeJob.Decision decision) {
    assertThat(decision).isInstanceOf(DowngradeJob.Decision.Change.class);
    return Optional.ofNullable(((DowngradeJob.Decision.Change) decision).change().value());
  }
}
