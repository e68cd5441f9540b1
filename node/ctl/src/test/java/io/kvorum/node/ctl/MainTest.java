package io.kvorum.node.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.EtcdServer;
import io.kvorum.testkit.Program;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// What only a process of its own can show: bytes of arguments, signals, pipes, quiet streams.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MainTest {

  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final int BIG_VALUES = 40;

  private EtcdServer server;

  @BeforeAll
  void start(@TempDir Path folder) {
    server = new EtcdServer(folder);
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private Program.Launch ctl(String... words) {
    return Program.java(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName())
        .with(words)
        .environment("ETCDCTL_ENDPOINTS", server.endpoint())
        .environment("LC_ALL", "C");
  }

  private CommandRun here(List<String> words) {
    return CommandRun.of(words, "", Map.of("ETCDCTL_ENDPOINTS", server.endpoint()));
  }

  @Test
  void arguments_areBytesInAnyLocale() {
    // A shell gives the bytes, because this JVM would encode them.
    String command =
        String.join(" ", quoted(ctl("put").words()))
            + " \"$(printf 'k\\377\\320\\272')\" \"$(printf 'v\\376\\001')\"";
    Program.Result put =
        Program.command("sh", "-c", command)
            .environment("ETCDCTL_ENDPOINTS", server.endpoint())
            .environment("LC_ALL", "C")
            .run(BOUND);
    assertThat(put.errors()).isEmpty();
    assertThat(put.output()).isEqualTo("OK\n");
    assertThat(here(List.of("get", "k\u00ff\u00d0\u00ba")).output())
        .isEqualTo("k\u00ff\u00d0\u00ba\nv\u00fe\u0001\n");
  }

  private static List<String> quoted(List<String> words) {
    return words.stream().map(word -> "'" + word + "'").toList();
  }

  @Test
  void reader_thatGoesAway_endsItQuietly() {
    String value = "x".repeat(1_000_000);
    for (int i = 0; i < BIG_VALUES; i++) {
      assertThat(
              CommandRun.of(
                      List.of("put", "big" + i),
                      value,
                      Map.of("ETCDCTL_ENDPOINTS", server.endpoint()))
                  .exitCode())
          .isZero();
    }
    String command = String.join(" ", quoted(ctl("get", "big", "--prefix").words()));
    Program.Result result =
        Program.command("bash", "-c", command + " | head -c 5; echo \" ${PIPESTATUS[0]}\"")
            .environment("ETCDCTL_ENDPOINTS", server.endpoint())
            .run(BOUND);
    assertThat(result.errors()).isEmpty();
    assertThat(result.output()).isEqualTo("big0\n 141\n");
    Program.Result all = ctl("get", "big", "--prefix", "--print-value-only").run(BOUND);
    assertThat(all.rawOutput()).hasSize(BIG_VALUES * (value.length() + 1));
  }

  @Test
  void interrupt_endsAWatchAndAKeepAlive() {
    String lease = here(List.of("lease", "grant", "60")).output().split(" ", -1)[1];
    try (Program watch = ctl("watch", "signal", "--rev", "1").start();
        Program alive = ctl("lease", "keep-alive", lease).start()) {
      assertThat(here(List.of("put", "signal", "here")).exitCode()).isZero();
      watch.awaitLine("here", BOUND);
      alive.awaitLine("keepalived with TTL(60)", BOUND);
      watch.signal("INT");
      alive.signal("INT");
      assertThat(watch.awaitExit(BOUND)).isEqualTo(128 + 2);
      assertThat(alive.awaitExit(BOUND)).isEqualTo(128 + 2);
      assertThat(watch.errors()).isEmpty();
      assertThat(alive.errors()).isEmpty();
    }
  }

  @Test
  void lock_isHeldUntilInterrupted_againstStockEtcdctl() {
    Program.Launch stock =
        Program.command("etcdctl", "--endpoints=" + server.endpoint(), "lock", "both");
    try (Program ours = ctl("lock", "both").start()) {
      ours.awaitLine("both/", BOUND);
      try (Program theirs = stock.start()) {
        awaitContenders("both/", 2);
        assertThat(theirs.output()).isEmpty();
        try (Program third = ctl("lock", "both", "--", "echo", "third").start()) {
          awaitContenders("both/", 3);
          ours.signal("INT");
          assertThat(ours.awaitExit(BOUND)).isZero();
          theirs.awaitLine("both/", BOUND);
          assertThat(third.output()).isEmpty();
          theirs.signal("TERM");
          assertThat(third.awaitExit(BOUND)).isZero();
          assertThat(third.output()).isEqualTo("third\n");
          assertThat(here(List.of("get", "both/", "--prefix")).output()).isEmpty();
        }
      }
    }
  }

  private void awaitContenders(String prefix, int count) {
    io.kvorum.testkit.Await.until(
        count + " hold or wait",
        BOUND,
        () ->
            here(List.of("get", prefix, "--prefix", "--keys-only"))
                    .output()
                    .lines()
                    .filter(line -> !line.isEmpty())
                    .count()
                == count);
  }

  @Test
  void whoWaitsForALock_leavesTheQueueWhenInterrupted() {
    try (Program holder = ctl("lock", "left").start()) {
      holder.awaitLine("left/", BOUND);
      try (Program waiting = ctl("lock", "left").start()) {
        awaitContenders("left/", 2);
        waiting.signal("TERM");
        assertThat(waiting.awaitExit(BOUND)).isEqualTo(1);
        assertThat(waiting.errors()).isEqualTo("Error: context canceled\n");
        awaitContenders("left/", 1);
      }
      holder.signal("INT");
      assertThat(holder.awaitExit(BOUND)).isZero();
    }
  }

  @Test
  void elections_goFromOneToTheOther_andListenersHearOfIt() {
    Program.Launch stock =
        Program.command("etcdctl", "--endpoints=" + server.endpoint(), "elect", "vote", "two");
    try (Program listener = ctl("elect", "vote", "-l").start();
        Program one = ctl("elect", "vote", "one").start()) {
      one.awaitLine("one", BOUND);
      listener.awaitLine("one", BOUND);
      try (Program two = stock.start()) {
        awaitContenders("vote/", 2);
        one.signal("TERM");
        assertThat(one.awaitExit(BOUND)).isZero();
        two.awaitLine("two", BOUND);
        listener.awaitLine("two", BOUND);
        listener.signal("INT");
        assertThat(listener.awaitExit(BOUND)).isZero();
        assertThat(listener.output().lines().filter(line -> !line.startsWith("vote/")))
            .containsExactly("one", "two");
      }
    }
  }

  @Test
  void watch_goesOnAtTheNextEndpoint(@TempDir Path folder) {
    // The second server has a history of its own; what counts is that the watch moves there.
    try (var first = new EtcdServer(folder);
        Program watch =
            ctl("watch", "moved")
                .environment("ETCDCTL_ENDPOINTS", first.endpoint() + "," + server.endpoint())
                .start()) {
      String value = "first";
      CommandRun.of(
          List.of("put", "moved", value), "", Map.of("ETCDCTL_ENDPOINTS", first.endpoint()));
      io.kvorum.testkit.Await.until(
          "the watch runs",
          BOUND,
          () -> {
            CommandRun.of(
                List.of("put", "moved", value), "", Map.of("ETCDCTL_ENDPOINTS", first.endpoint()));
            return watch.output().contains("first");
          });
      first.program().kill();
      io.kvorum.testkit.Await.until(
          "the watch goes on",
          BOUND,
          () -> {
            here(List.of("put", "moved", "second"));
            return watch.output().contains("second");
          });
      assertThat(
              new String(watch.errors().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
          .isEmpty();
    }
  }
}
