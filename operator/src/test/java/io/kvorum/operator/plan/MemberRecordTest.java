package io.kvorum.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class MemberRecordTest {

  private static MemberRecord record(@Nullable String id, @Nullable String volume) {
    return new MemberRecord(MemberRecord.Phase.VOTER, "http://demo-1:2380", id, volume, null, "");
  }

  @Test
  void whatIsKnownIsNeitherForgottenNorReplaced() {
    MemberRecord there = record("id1", "v");
    assertThat(record("id1", "v").keepsWhatIsKnown(there)).isTrue();
    assertThat(record("id1", null).keepsWhatIsKnown(there)).isFalse();
    assertThat(record("id1", "w").keepsWhatIsKnown(there)).isFalse();
    assertThat(record("id2", "v").keepsWhatIsKnown(there)).isFalse();
    assertThat(record(null, "v").keepsWhatIsKnown(there)).isFalse();
    assertThat(record("id1", "v").keepsWhatIsKnown(record(null, null))).isTrue();
  }
}
