package io.kvorum.node.core.kv;

import io.kvorum.testkit.Golden;
import io.kvorum.testkit.ProjectRoot;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The semantics of the state machine, as scripts.
final class KvScriptTest {

  @TestFactory
  List<DynamicTest> scripts() {
    return Golden.scripts(
        ProjectRoot.find().resolve("node/core/src/test/resources/kv"),
        () -> new KvScript(new MemoryHome()));
  }
}
