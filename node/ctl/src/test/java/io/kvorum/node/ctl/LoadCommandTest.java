package io.kvorum.node.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.EtcdServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The checks under load, with less of it than a user would give them.
final class LoadCommandTest {

  /// A check run on an invocation.
  @FunctionalInterface
  private interface Check {
    void run(Invocation invocation) throws Failure, IOException;
  }

  private static String run(EtcdServer server, Command command, Check check, String... words)
      throws Exception {
    var output = new ByteArrayOutputStream();
    var console =
        new Console(
            InputStream.nullInputStream(),
            new Output(output),
            new Output(OutputStream.nullOutputStream()),
            Map.of("ETCDCTL_ENDPOINTS", server.endpoint()));
    var all = new ArrayList<>(List.of(command.path().split(" ", -1)));
    all.addAll(List.of(words));
    var parser = new Parser(Commands.all(), Settings.FLAGS);
    if (!(parser.parse(all) instanceof Parser.Request.Run(CommandLine line))) {
      throw new IllegalStateException("no command: " + all);
    }
    try (var invocation = new Invocation(Settings.of(line.flags(), console), line, console)) {
      check.run(invocation);
    } catch (Failure e) {
      console.output().line("failed " + e.exitCode().number() + e.text());
    }
    console.output().flush();
    return output
        .toString(StandardCharsets.UTF_8)
        .replaceAll("\\d+\\.\\d+", "N")
        .replaceAll("\\d+ writes", "N writes");
  }

  @Test
  void checks_sayWhatTheyFound(@TempDir Path folder) throws Exception {
    try (var server = new EtcdServer(folder)) {
      Check brief = invocation -> LoadCommand.checkPerformance(invocation, Duration.ofSeconds(1));
      String performance =
          run(server, LoadCommand.PERFORMANCE, brief, "--auto-compact", "--auto-defrag");
      assertThat(performance)
          .matches(
              """
              Compacting with revision \\d+
              Compacted with revision \\d+
              Defragmenting ".*"
              Defragmented ".*"
              (PASS: Throughput is|FAIL: Throughput too low:) N writes/s
              (PASS: Slowest request took|Slowest request took too long:) Ns
              (PASS: Stddev is|Stddev too high:) Ns
              (PASS|FAIL\nfailed 1)
              """);
      Check few = invocation -> LoadCommand.checkDataScale(invocation, 500, 20);
      assertThat(run(server, LoadCommand.DATA_SCALE, few))
          .matches(
              """
              Start data scale check for work load \\[500 key-value pairs, 1024 bytes per key-value, \
              20 concurrent clients\\]\\.
              PASS: Approximate system memory used : -?N MB\\.
              """);
      Map<String, String> environment = Map.of("ETCDCTL_ENDPOINTS", server.endpoint());
      CommandRun.of(List.of("put", "/etcdctl-check-perf/x", "y"), "", environment);
      CommandRun refused = CommandRun.of(List.of("check", "perf"), "", environment);
      assertThat(refused.errors())
          .isEqualTo(
              "Error: prefix \"/etcdctl-check-perf/\" has keys. Delete with 'etcdctl del --prefix"
                  + " /etcdctl-check-perf/' first\n");
      assertThat(refused.exitCode()).isEqualTo(3);
      assertThat(CommandRun.of(List.of("check", "perf", "--load=no"), "", environment).exitCode())
          .isEqualTo(4);
    }
  }
}
