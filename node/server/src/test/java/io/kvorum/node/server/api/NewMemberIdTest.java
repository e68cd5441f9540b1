package io.kvorum.node.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.core.raft.MemberId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Ids of members that are added at run time.
final class NewMemberIdTest {

  @Test
  void theSameUrls_addedAgainWithinASecond_areANewMember() {
    Set<MemberId> removed = new HashSet<>();
    for (int i = 0; i < 5; i++) {
      MemberId id =
          NewMemberId.of(List.of("http://10.0.0.1:2380"), 1_700_000_000, removed::contains);
      assertThat(removed.add(id)).isTrue();
    }
  }

  @Test
  void theOrderOfUrls_doesNotCount() {
    assertThat(NewMemberId.of(List.of("http://a:1", "http://b:1"), 1, _ -> false))
        .isEqualTo(NewMemberId.of(List.of("http://b:1", "http://a:1"), 1, _ -> false));
  }
}
