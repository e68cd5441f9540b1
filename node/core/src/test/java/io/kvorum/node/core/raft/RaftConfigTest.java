package io.kvorum.node.core.raft;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RaftConfigTest {
  @Test
  void wrongValue_isNamedWithWhatWouldBeRight() {
    assertThatThrownBy(() -> RaftConfig.standard(new MemberId(1), 1, 1))
        .hasMessage("electionTicks must be more than heartbeatTicks");
    assertThatThrownBy(() -> RaftConfig.standard(MemberId.NONE, 10, 1))
        .hasMessage("self must be a member id other than 0");
  }
}
