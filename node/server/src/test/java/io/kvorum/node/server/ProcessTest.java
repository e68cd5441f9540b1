package io.kvorum.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Loopback;
import io.kvorum.testkit.Program;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The process as whoever starts it sees it: what it prints, which signals it hears, and the codes
/// it ends with.
final class ProcessTest {

  private static final Duration BOUND = Duration.ofSeconds(40);

  @TempDir Path folder;

  @Test
  void version_isPrinted() {
    Program.Result result = java("--version").run(BOUND);
    assertThat(result.exitCode()).isZero();
    assertThat(result.output())
        .startsWith("etcd Version: 3.6.")
        .contains("Git SHA: ", "Go Version: ", "Go OS/Arch: linux/", "Kvorum Version: ");
    assertThat(result.errors()).isEmpty();
  }

  @Test
  void wrongFlags_areOneLine() {
    Program.Result unknown = java("--bogus").run(BOUND);
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.errors())
        .startsWith("kvorum node: flag provided but not defined: -bogus\nUsage: ");
    Program.Result wrong = java("--heartbeat-interval=x").run(BOUND);
    assertThat(wrong.exitCode()).isEqualTo(1);
    assertThat(wrong.errors())
        .contains("invalid value \"x\" for --heartbeat-interval")
        .hasLineCount(1);
    assertThat(wrong.output()).isEmpty();
  }

  @Test
  void terminated_stopsInOrderAndStartsAgain() {
    String address = Loopback.next(2379, 2380);
    for (int round = 0; round < 2; round++) {
      try (Program node = member(address).start()) {
        awaitServing(node, address);
        node.terminate();
        assertThat(node.awaitExit(BOUND)).as(node.errors()).isZero();
        assertThat(node.output()).isEmpty();
        assertThat(node.errors().lines()).allMatch(line -> line.startsWith("{\"level\":\"info\""));
        assertThat(node.errors()).contains(round == 0 ? "\"Found\"" : "\"Resume\"");
      }
    }
  }

  @Test
  void secondSignal_stopsAtOnce() {
    String address = Loopback.next(2379, 2380);
    try (Program node = member(address).start()) {
      awaitServing(node, address);
      ask(address, "hang");
      node.signal("INT");
      node.awaitLine("stopping", BOUND);
      node.signal("TERM");
      assertThat(node.awaitExit(BOUND)).isEqualTo(128 + 15);
    }
  }

  @Test
  void removedMember_neverRunsAgain() {
    String address = Loopback.next(2379, 2380);
    try (Program node = member(address).start()) {
      awaitServing(node, address);
      ask(address, "removed");
      assertThat(node.awaitExit(BOUND)).isEqualTo(65);
    }
    Program.Result again = member(address).run(BOUND);
    assertThat(again.exitCode()).isEqualTo(65);
    assertThat(again.errors()).contains("was removed from its cluster and never runs again");
  }

  @Test
  void failures_haveTheirCodes() {
    String address = Loopback.next(2379, 2380);
    try (Program node = member(address).start()) {
      awaitServing(node, address);
      ask(address, "disk");
      assertThat(node.awaitExit(BOUND)).isEqualTo(74);
      assertThat(node.errors()).contains("the disk failed", "no space left");
    }
    try (Program node = member(address).start()) {
      awaitServing(node, address);
      ask(address, "defect");
      assertThat(node.awaitExit(BOUND)).isEqualTo(70);
    }
  }

  @Test
  void killedProcess_leavesNoLock() {
    String address = Loopback.next(2379, 2380);
    try (Program node = member(address).start()) {
      awaitServing(node, address);
      Program.Result second = member(address).run(BOUND);
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.errors()).contains("is in use by process " + node.pid());
      node.kill();
    }
    try (Program node = member(address).start()) {
      awaitServing(node, address);
    }
  }

  @Test
  void takenPort_isNamed() {
    String address = Loopback.next(2379, 2380);
    try (Program node = member(address).start()) {
      awaitServing(node, address);
      Program.Result second =
          member(address).with("--data-dir=" + folder.resolve("other")).run(BOUND);
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.errors())
          .contains("cannot listen on http://" + address + ":2379: Address already in use");
    }
  }

  private Program.Launch member(String address) {
    return java(
        "--name=trial",
        "--data-dir=" + folder.resolve("data"),
        "--listen-client-urls=http://" + address + ":2379",
        "--advertise-client-urls=http://" + address + ":2379",
        "--listen-peer-urls=http://" + address + ":2380",
        "--initial-advertise-peer-urls=http://" + address + ":2380",
        "--initial-cluster=trial=http://" + address + ":2380");
  }

  private static Program.Launch java(String... flags) {
    var arguments =
        new ArrayList<>(
            List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "io.kvorum.node.server.TrialMain"));
    arguments.addAll(List.of(flags));
    return Program.java(arguments.toArray(String[]::new));
  }

  private static void awaitServing(Program node, String address) {
    node.awaitWhileAlive(
        "an answer of /health",
        BOUND,
        () ->
            Program.command("curl", "-sS", "http://" + address + ":2379/health")
                    .run(BOUND)
                    .exitCode()
                == 0);
  }

  private static void ask(String address, String key) {
    Program.command("etcdctl", "--endpoints=http://" + address + ":2379", "get", key)
        .environment("ETCDCTL_API", "3")
        .run(BOUND);
  }
}
