package io.kvorum.node.core.raft;

import io.kvorum.testkit.Golden;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// What members say and do, as transcripts; [Interaction] documents the commands.
class InteractionTest {
  @TestFactory
  List<DynamicTest> scripts() {
    return Golden.scripts(Path.of("src/test/resources/raft"), Interaction::new);
  }
}
