package io.kvorum.node.core.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.node.core.Invariant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MembershipTest {
  private static final byte[] CONTEXT = {7, 0, -1};
  private static final MemberId ONE = MemberId.parse("8e9e05c52164694d");
  private static final MemberId TWO = new MemberId(2);

  static Stream<MembershipChange> changes() {
    return Stream.of(
        new MembershipChange.AddVoter(ONE, CONTEXT),
        new MembershipChange.AddLearner(ONE, CONTEXT),
        new MembershipChange.Promote(ONE, CONTEXT),
        new MembershipChange.Remove(ONE, CONTEXT),
        new MembershipChange.Update(ONE, CONTEXT));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void change_isReadAsItWasWritten(MembershipChange change) {
    MembershipChange read = MembershipChange.decode(change.encode());
    assertThat(read).hasSameClassAs(change);
    assertThat(read.member()).isEqualTo(ONE);
    assertThat(read.context()).isEqualTo(CONTEXT);
  }

  @Test
  void foreignBytes_areNoChange() {
    assertThatThrownBy(() -> MembershipChange.decode(new byte[] {1, 2}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> MembershipChange.decode(new byte[] {1, 9, 0, 0, 0, 0, 0, 0, 0, 1}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void learnerBecomesVoter_andOrderIsKept() {
    Membership membership =
        Membership.of(List.of(ONE), List.of())
            .after(new MembershipChange.AddLearner(TWO, CONTEXT))
            .after(new MembershipChange.Promote(TWO, CONTEXT));
    assertThat(membership.voters()).containsExactly(TWO, ONE);
    assertThat(membership.learners()).isEmpty();
    assertThat(membership.quorum()).isEqualTo(2);
  }

  @Test
  void lastVoter_stays() {
    Membership membership = Membership.of(List.of(ONE), List.of(TWO));
    assertThat(membership.problemWith(new MembershipChange.Remove(ONE, CONTEXT))).isPresent();
    assertThatThrownBy(() -> membership.after(new MembershipChange.Remove(ONE, CONTEXT)))
        .isInstanceOf(Invariant.Violation.class);
  }

  @Test
  void memberId_isLowerCaseHexWithoutLeadingZeros() {
    assertThat(ONE).hasToString("8e9e05c52164694d");
    assertThat(new MemberId(0xabc)).hasToString("abc");
    assertThat(MemberId.parse("abc")).isEqualTo(new MemberId(0xabc));
    assertThat(new MemberId(1)).isLessThan(ONE);
  }
}
