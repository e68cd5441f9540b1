package io.kvorum.node.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Await;
import io.kvorum.testkit.EtcdServer;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Mirrors made by this client and by the machine's own etcdctl, of one store into two, are the
/// same.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MirrorCommandTest {

  private static final Duration BOUND = Duration.ofSeconds(30);

  private Path folder = Path.of("");
  private final AtomicReference<EtcdServer> source = new AtomicReference<>();

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    this.folder = folder;
    source.set(new EtcdServer(Files.createDirectory(folder.resolve("source"))));
  }

  @AfterAll
  void stop() {
    source.get().close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--prefix=a/",
        "--prefix=a/ --dest-prefix=z/",
        "--prefix=a/ --no-dest-prefix",
      })
  void mirrors_areTheSame(String flags) throws IOException {
    String name = Integer.toHexString(flags.hashCode());
    try (var stocks = new EtcdServer(Files.createDirectory(folder.resolve(name + "-stock")));
        var ours = new EtcdServer(Files.createDirectory(folder.resolve(name + "-ours")))) {
      put("a/1", "one");
      put("a/2", "two");
      put("b/1", "other");
      List<String> words = List.of(("make-mirror " + flags).strip().split(" ", -1));
      try (var _ =
          Program.command("etcdctl", "--endpoints=" + source.get().endpoint())
              .with(words.toArray(String[]::new))
              .with(stocks.endpoint())
              .start()) {
        Thread mirror =
            Thread.ofPlatform()
                .start(() -> {
                  var all = new ArrayList<>(words);
                  all.add(ours.endpoint());
                  CommandRun.of(all, "", at(source.get()));
                });
        try {
          await(ours, stocks, "a");
          put("a/2", "again");
          put("a/3", "three");
          run("del", "a/1");
          run("del", "b/", "--prefix");
          put("a/last", "last");
          await(ours, stocks, "last");
        } finally {
          mirror.interrupt();
        }
      }
    }
  }

  /// Waits until the mirrors are equal and hold a key with such a name.
  private static void await(EtcdServer ours, EtcdServer stocks, String key) {
    Await.until(
        "the mirrors are equal",
        BOUND,
        () -> {
          String expected = contents(stocks);
          return expected.contains(key.equals("a") ? "two" : key)
              && contents(ours).equals(expected);
        });
  }

  private static String contents(EtcdServer server) {
    return CommandRun.of(List.of("get", "", "--prefix"), "", at(server)).output();
  }

  @Test
  void wrongArguments_areRefused() {
    CommandRun none = CommandRun.of("make-mirror");
    assertThat(none.errors()).isEqualTo("Error: make-mirror takes one destination argument\n");
    assertThat(none.exitCode()).isEqualTo(128);
    CommandRun both =
        CommandRun.of("make-mirror", "127.0.0.1:1", "--dest-prefix=x", "--no-dest-prefix");
    assertThat(both.errors()).contains("cannot be set at the same time, choose one");
    assertThat(both.exitCode()).isEqualTo(128);
  }

  private void put(String key, String value) {
    run("put", key, value);
  }

  private void run(String... words) {
    assertThat(CommandRun.of(List.of(words), "", at(source.get())).exitCode()).isZero();
  }

  private static Map<String, String> at(EtcdServer server) {
    return Map.of("ETCDCTL_ENDPOINTS", server.endpoint());
  }
}
