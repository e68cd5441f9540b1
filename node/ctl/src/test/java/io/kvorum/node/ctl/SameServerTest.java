package io.kvorum.node.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Await;
import io.kvorum.testkit.EtcdServer;
import io.kvorum.testkit.Program;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What only reads, and what goes on until it is stopped, compared with the machine's own etcdctl
/// on one and the same server: not a byte may differ.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SameServerTest {

  private static final Duration BOUND = Duration.ofSeconds(30);

  private EtcdServer server;
  private String revision = "";

  @BeforeAll
  void start(@TempDir Path folder) {
    server = new EtcdServer(folder);
    run("put", "w0", "before");
    run("put", "w1", "a");
    run("put", "w1", "b");
    run("put", "w2", "c\nd");
    run("del", "w1");
    run("txn");
    revision = "3";
    for (String line :
        List.of(
            "user add u:secret",
            "user add other:secret",
            "role add r",
            "role add empty",
            "user grant-role u r",
            "role grant-permission r readwrite k",
            "role grant-permission r read p --prefix",
            "role grant-permission r write w --from-key")) {
      assertThat(run(line.split(" ", -1)).exitCode()).as(line).isZero();
    }
    assertThat(run("member", "add", "l", "--learner", "--peer-urls=http://127.0.0.1:1").exitCode())
        .isZero();
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private CommandRun run(String... words) {
    return CommandRun.of(List.of(words), "", Map.of("ETCDCTL_ENDPOINTS", server.endpoint()));
  }

  private Program.Launch stock(List<String> words) {
    return Program.command("etcdctl")
        .with("--endpoints=" + server.endpoint())
        .with(words.toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "get w --prefix -w protobuf",
        "get none -w protobuf",
        "get w2 -w protobuf --rev 4",
        "member list",
        "member list -w json",
        "member list -w table",
        "member list -w fields",
        "member list -w protobuf",
        "endpoint status",
        "endpoint status -w json",
        "endpoint status -w table",
        "endpoint status -w fields",
        "endpoint hashkv",
        "endpoint hashkv -w json",
        "endpoint hashkv -w table",
        "endpoint hashkv -w fields",
        "watch b a",
        "user list",
        "user list -w json",
        "user list -w table",
        "user list -w protobuf",
        "user get u",
        "user get u --detail",
        "user get u -w json",
        "user get other",
        "user get nobody -w fields",
        "role list",
        "role list -w json",
        "role list -w fields",
        "role get r",
        "role get r -w json",
        "role get r -w fields",
        "role get r -w table",
        "role get r -w protobuf",
        "role get empty -w fields",
        "user grant-role u r -w fields",
        "user grant-role u r -w json",
      })
  void reads_areTheSame(String line) {
    List<String> words = List.of(line.split(" ", -1));
    Program.Result expected = stock(words).run(BOUND);
    CommandRun actual = run(words.toArray(String[]::new));
    assertThat(actual.output()).isEqualTo(expected.rawOutput());
    assertThat(actual.exitCode()).isEqualTo(expected.exitCode());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "watch w --prefix --rev REV --prev-kv -w simple",
        "watch w --prefix --rev REV --prev-kv -w json",
        "watch w --prefix --rev REV --prev-kv -w fields",
        "watch w --prefix --rev REV --prev-kv -w protobuf",
        "watch w --prefix --rev REV --hex",
        "watch w1 w2 --rev REV",
        "watch --rev REV w1 -- sh -c env|grep\tETCD_WATCH|sort",
        "watch w2 --rev REV -- printenv ETCD_WATCH_VALUE",
      })
  void watches_areTheSame(String line) throws IOException {
    List<String> words =
        List.of(line.split(" ", -1)).stream()
            .map(word -> word.replace("REV", revision).replace('\t', ' '))
            .toList();
    compareUntilStopped(words, InputStream.nullInputStream(), "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lock free -- sh -c env|grep\tETCD_LOCK_KEY|sed\ts,/.*,,",
        "lock free -- sh -c echo\tout;echo\terr>&2;exit\t3",
        "lock",
        "elect",
        "elect free",
        "elect free one -l",
      })
  void locks_areTheSame(String line) {
    List<String> words =
        List.of(line.split(" ", -1)).stream().map(word -> word.replace('\t', ' ')).toList();
    Program.Result expected = stock(words).run(BOUND);
    CommandRun actual = run(words.toArray(String[]::new));
    assertThat(actual.output()).isEqualTo(expected.rawOutput());
  }

  @Test
  void interactiveWatch_isTheSame() throws IOException {
    // Behind the lines nothing ever comes, as from a terminal nobody types at.
    var nothing = new PipedInputStream(new PipedOutputStream());
    String lines = "watch w1 --rev " + revision + "\n";
    var open =
        new SequenceInputStream(
            new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)), nothing);
    compareUntilStopped(List.of("watch", "-i"), open, lines);
  }

  @Test
  void keepAlive_isTheSame() throws IOException {
    String id = run("lease", "grant", "60").output().split(" ", -1)[1];
    compareUntilStopped(List.of("lease", "keep-alive", id), InputStream.nullInputStream(), "");
    compareUntilStopped(
        List.of("lease", "keep-alive", id, "-w", "json"), InputStream.nullInputStream(), "");
  }

  @Test
  void alarms_areTheSame(@TempDir Path folder) {
    try (var full = new EtcdServer(folder, "--quota-backend-bytes=60000")) {
      var environment = Map.of("ETCDCTL_ENDPOINTS", full.endpoint());
      String value = "x".repeat(20_000);
      Await.until(
          "the quota is exceeded",
          BOUND,
          () ->
              CommandRun.of(List.of("put", "k"), value, environment)
                  .errors()
                  .equals("Error: etcdserver: mvcc: database space exceeded\n"));
      for (String line :
          List.of(
              "alarm list",
              "alarm list -w json",
              "endpoint status",
              "endpoint status -w table",
              "endpoint status -w json",
              "endpoint status -w fields")) {
        List<String> words = List.of(line.split(" ", -1));
        String expected;
        String found;
        do {
          // The server's file may grow a moment after the last put.
          expected = stock(full, words);
          found = CommandRun.of(words, "", environment).output();
        } while (!stock(full, words).equals(expected));
        assertThat(found).as(line).isEqualTo(expected);
      }
      assertThat(CommandRun.of(List.of("endpoint", "health"), "", environment).errors())
          .contains("is unhealthy: failed to commit proposal: Active Alarm(s): NOSPACE ")
          .endsWith("Error: unhealthy cluster\n");
    }
  }

  private static String stock(EtcdServer server, List<String> words) {
    return Program.command("etcdctl", "--endpoints=" + server.endpoint())
        .with(words.toArray(String[]::new))
        .run(BOUND)
        .rawOutput();
  }

  @Test
  void users_signIn(@TempDir Path folder) {
    try (var guarded = new EtcdServer(folder)) {
      var environment = Map.of("ETCDCTL_ENDPOINTS", guarded.endpoint());
      CommandRun.of(List.of("put", "k", "v"), "", environment);
      for (String line :
          List.of("user add root:secret", "user grant-role root root", "auth enable")) {
        Program.command("etcdctl", "--endpoints=" + guarded.endpoint())
            .with(line.split(" ", -1))
            .run(BOUND);
      }
      for (String line :
          List.of(
              "get k",
              "get k --user=root:secret",
              "get k --user=root --password=secret",
              "get k --user=root:wrong",
              "get k --user=nobody:secret",
              "put k w --user=root:secret",
              "lease grant 10 --user=root:wrong")) {
        List<String> words = List.of(line.split(" ", -1));
        Program.Result expected =
            Program.command("etcdctl", "--endpoints=" + guarded.endpoint())
                .with(words.toArray(String[]::new))
                .run(BOUND);
        CommandRun actual = CommandRun.of(words, "", environment);
        assertThat(actual.output()).as(line).isEqualTo(expected.rawOutput());
        assertThat(actual.exitCode()).as(line).isEqualTo(expected.exitCode());
        assertThat(actual.errors())
            .as(line)
            .isEqualTo(
                expected
                    .errors()
                    .lines()
                    .filter(errors -> !errors.startsWith("{"))
                    .reduce("", (all, errors) -> all + errors + "\n"));
      }
    }
  }

  /// Lets both run until ours has printed what etcdctl has printed, then stops them.
  private void compareUntilStopped(List<String> words, InputStream input, String stockInput)
      throws IOException {
    try (Program stock = stock(words).start()) {
      stock.write(stockInput.getBytes(StandardCharsets.UTF_8));
      var steady = new AtomicInteger();
      var last = new StringBuilder();
      Await.until(
          "etcdctl has printed all",
          BOUND,
          () -> {
            String now = stock.output();
            boolean same = !now.isEmpty() && now.contentEquals(last);
            last.setLength(0);
            last.append(now);
            return (same ? steady.incrementAndGet() : steady.getAndSet(0)) > 25;
          });
      String expected = stock.output();
      var output = new ByteArrayOutputStream();
      var console =
          new Console(
              input,
              new Output(output),
              new Output(OutputStream.nullOutputStream()),
              Map.of("ETCDCTL_ENDPOINTS", server.endpoint()));
      var code = new CompletableFuture<ExitCode>();
      Thread ours = Thread.ofPlatform().start(() -> code.complete(Ctl.run(words, console)));
      try {
        Await.until(
            "ours prints as much",
            BOUND,
            () ->
                code.isDone()
                    || output.toString(StandardCharsets.UTF_8).length() >= expected.length());
      } finally {
        ours.interrupt();
      }
      assertThat(output.toString(StandardCharsets.UTF_8)).isEqualTo(expected);
    }
  }
}
