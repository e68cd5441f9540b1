package io.kvorum.node.server.grpcproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// How long it is waited before another member is asked, and when nobody is asked any more.
final class LossesTest {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Losses losses = new Losses();

  @Test
  void memberThatAnswersAndIsLostAtOnce_isAskedLessAndLess_andThenNoMore() {
    long now = 0;
    int asked = 0;
    long pause = losses.pauseMillis(Status.UNAVAILABLE, now);
    assertThat(pause).isEqualTo(20);
    for (; pause != Losses.GIVE_UP; asked++) {
      now += TimeUnit.MILLISECONDS.toNanos(pause);
      losses.heard(now);
      pause = losses.pauseMillis(Status.UNAVAILABLE, now + 1);
    }
    assertThat(now).isBetween(5 * SECOND, 6 * SECOND);
    assertThat(asked).isLessThan(20);
  }

  @Test
  void streamThatHasStayed_isAGoodOne() {
    for (long now = 0; now < 60 * SECOND; now += 2 * SECOND) {
      losses.heard(now);
      losses.heard(now + SECOND - 1);
      assertThat(losses.pauseMillis(Status.UNAVAILABLE, now + SECOND)).isEqualTo(20);
    }
  }

  @Test
  void streamThatHasNotAnswered_isNone_howeverLongItTook() {
    assertThat(losses.pauseMillis(Status.UNAVAILABLE, 0)).isEqualTo(20);
    assertThat(losses.pauseMillis(Status.UNAVAILABLE, 3 * SECOND)).isEqualTo(80);
    assertThat(losses.pauseMillis(Status.UNAVAILABLE, 6 * SECOND)).isEqualTo(Losses.GIVE_UP);
  }

  @Test
  void whoHasLostItsMember_isToldToAskAgain() {
    Status told = Losses.told(Status.CANCELLED.withDescription("etcdserver: watch canceled"));
    assertThat(told.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(told.getDescription())
        .isEqualTo("the member is lost: CANCELLED: etcdserver: watch canceled");
    assertThat(Losses.told(Status.INTERNAL).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(Losses.told(Status.OK).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(losses.pauseMillis(Status.OK, 0)).isEqualTo(20);
    Status refused = Status.PERMISSION_DENIED.withDescription("etcdserver: permission denied");
    assertThat(Losses.told(refused)).isEqualTo(refused);
  }

  @Test
  void whoIsRefused_isTold() {
    assertThat(losses.pauseMillis(Status.PERMISSION_DENIED, 0)).isEqualTo(Losses.GIVE_UP);
    assertThat(
            losses.pauseMillis(
                Status.UNAVAILABLE.withDescription("etcdserver: no leader"), 10 * SECOND))
        .isEqualTo(Losses.GIVE_UP);
  }
}
