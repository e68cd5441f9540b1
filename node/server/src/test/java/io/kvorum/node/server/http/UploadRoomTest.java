package io.kvorum.node.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Who gets room for a long body, and when.
final class UploadRoomTest {

  private final List<String> granted = new ArrayList<>();
  private final UploadRoom room = new UploadRoom(10);

  private Runnable grant(String name) {
    return () -> granted.add(name);
  }

  @Test
  void whoFindsNoRoom_waitsInLine() {
    room.take(6, grant("a"));
    room.take(6, grant("b"));
    room.take(1, grant("c"));
    assertThat(granted).containsExactly("a");
    room.give(6);
    assertThat(granted).containsExactly("a", "b", "c");
    assertThat(room.taken()).isEqualTo(7);
  }

  @Test
  void whoLeavesTheLine_isNotGranted() {
    room.take(10, grant("a"));
    Runnable b = grant("b");
    room.take(5, b);
    room.take(10, grant("c"));
    assertThat(room.leave(b)).isTrue();
    assertThat(room.leave(b)).isFalse();
    room.give(10);
    assertThat(granted).containsExactly("a", "c");
  }
}
