package io.kvorum.node.server.store;

import io.kvorum.node.core.kv.KvScript;
import io.kvorum.testkit.Golden;
import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// The scripts of the state machine over RocksDB: the same answers, to the letter.
final class RocksScriptTest {

  @TempDir private Path folder;

  private final List<KvScript> scripts = new ArrayList<>();

  @TestFactory
  List<DynamicTest> scripts() {
    return Golden.scripts(
        ProjectRoot.find().resolve("node/core/src/test/resources/kv"), this::script);
  }

  private KvScript script() {
    try {
      var script = new KvScript(new RocksHome(Files.createTempDirectory(folder, "script")));
      scripts.add(script);
      return script;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void close() {
    scripts.forEach(KvScript::close);
  }
}
