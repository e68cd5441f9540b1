package io.kvorum.node.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Await;
import io.kvorum.testkit.EtcdServer;
import io.kvorum.testkit.Program;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// With `ETCDCTL_API=2` this client prints what the machine's own etcdctl prints: each command goes
/// to two servers, one by each client, and output, errors and exit code are compared.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class V2EtcdctlTest {

  private static final Duration BOUND = Duration.ofSeconds(30);

  /// Words are apart by one space; `~` stands for one within a word, `_` alone for an empty word.
  private static final String COMMANDS =
      """
      set hello world
      get hello
      get /hello/
      -o extended get hello
      -o json get hello
      -o json set hello w3
      -o extended set hello w4
      --output=extended get hello
      get -q hello
      get nothere
      -o json get nothere
      mk hello x
      mk new x
      mk --in-order q a
      -o extended mk --in-order q b
      mkdir dir
      mkdir dir
      setdir dir
      setdir other
      updatedir --ttl 1000 dir
      updatedir dir
      updatedir nodir
      set dir/a 1
      set dir/b/c 2
      set dir/b/_hidden 3
      get dir/b/_hidden
      ls --sort
      ls --sort dir
      ls -p --sort dir
      ls -r --sort dir
      ls -r -p --sort -q /
      -o json ls --sort dir
      -o extended ls dir
      ls hello
      ls nodir
      get dir
      get --sort dir
      rmdir dir
      rm dir
      rm --dir dir
      rm hello
      -o extended rm new
      -o json rm -r dir
      rm other
      rmdir other
      rmdir other
      rm --dir q
      rm --recursive q
      rm
      set
      set a
      get
      mk
      mkdir
      update nothere v
      set a 1
      update a 2
      set --swap-with-value 1 a 3
      set --swap-with-value 2 a 3
      set --swap-with-index 1 a 4
      rm --with-value 9 a
      rm --with-index 9 a
      rm --with-value 3 a
      set --ttl 0 a v<al>&
      -o json get a
      set sp~ace/ä~%~? ü~+&=
      get sp~ace/ä~%~?
      ls -r --sort
      set k -v
      get k
      set -- -k --v
      get -- -k
      set e _
      get e
      rmdir a
      -o json mkdir jd
      -o extended mkdir jd2
      -o json setdir sd
      -o json rmdir jd
      watch --after-index 5 hello
      -o json watch --after-index 5 -r /
      watch
      exec-watch
      exec-watch hello
      cluster-health
      member list
      """;

  private EtcdServer theirs;
  private EtcdServer ours;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    theirs = new EtcdServer(Files.createDirectory(folder.resolve("theirs")), "--enable-v2");
    ours = new EtcdServer(Files.createDirectory(folder.resolve("ours")), "--enable-v2");
  }

  @AfterAll
  void stop() {
    theirs.close();
    ours.close();
  }

  private record Printed(int exitCode, String output, String errors) {}

  private static List<String> words(String line) {
    var words = new ArrayList<String>();
    for (String word : line.split(" ", -1)) {
      words.add(word.equals("_") ? "" : word.replace('~', ' '));
    }
    return words;
  }

  private static Program.Launch stock(String endpoint) {
    return Program.command("etcdctl", "--endpoints", "http://" + endpoint)
        .environment("ETCDCTL_API", "2");
  }

  private static Printed stock(String endpoint, List<String> words, String input) {
    Program.Result result =
        stock(endpoint)
            .with(words.toArray(String[]::new))
            .run(input.getBytes(StandardCharsets.UTF_8), BOUND);
    return new Printed(result.exitCode(), result.output(), result.errors());
  }

  private static Printed own(List<String> words, String input) {
    CommandRun run =
        CommandRun.of(
            words.stream().map(V2EtcdctlTest::raw).toList(), input, Map.of("ETCDCTL_API", "2"));
    return new Printed(run.exitCode(), text(run.output()), text(run.errors()));
  }

  private static String raw(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static String text(String raw) {
    return new String(raw.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  private Printed own(String line, String input) {
    var words = new ArrayList<>(List.of("--endpoints", "http://" + ours.endpoint()));
    words.addAll(words(line));
    return own(words, input);
  }

  /// Ids and addresses are each server's own.
  private static Printed masked(Printed printed) {
    return new Printed(
        printed.exitCode(),
        printed
            .output()
            .replaceAll("127\\.\\d+\\.\\d+\\.\\d+", "HOST")
            .replaceAll("[0-9a-f]{14,16}", "ID"),
        printed.errors());
  }

  @Test
  void everyCommand_printsWhatEtcdctlPrints() {
    for (String line : COMMANDS.lines().toList()) {
      assertThat(masked(own(line, "")))
          .as(line)
          .isEqualTo(masked(stock(theirs.endpoint(), words(line), "")));
    }
    for (String line : List.of("set in", "mk in2", "update in")) {
      assertThat(own(line, "from input\n"))
          .isEqualTo(stock(theirs.endpoint(), words(line), "from input\n"));
    }
  }

  @Test
  void watchesGoOn_andRunCommands(@TempDir Path folder) {
    try (var server = new EtcdServer(folder, "--enable-v2")) {
      watch(server.endpoint());
    }
  }

  private static void watch(String endpoint) {
    for (String line :
        List.of(
            "watch w/a",
            "-o extended watch -f -r w",
            "exec-watch -r w -- sh -c env~|~grep~ETCD_WATCH~|~sort")) {
      try (Program watch = stock(endpoint).with(words(line).toArray(String[]::new)).start();
          Program mine =
              Program.java("-cp", System.getProperty("java.class.path"), "io.kvorum.node.ctl.Main")
                  .with("--endpoints", "http://" + endpoint)
                  .with(words(line).toArray(String[]::new))
                  .environment("ETCDCTL_API", "2")
                  .start()) {
        // A watch from now on shows nothing when it has begun, so changes are made until it does.
        Await.until(
            line + " has begun",
            BOUND,
            () -> {
              stock(endpoint, words("set w/a 1"), "");
              return !watch.output().isEmpty() && !mine.output().isEmpty();
            });
        if (line.startsWith("watch")) {
          assertThat(mine.awaitExit(BOUND)).isEqualTo(watch.awaitExit(BOUND)).isZero();
          assertThat(mine.output()).isEqualTo(watch.output());
        } else {
          stock(endpoint, words("mkdir w/dir"), "");
          stock(endpoint, words("set w/dir/x last"), "");
          stock(endpoint, words("rm -r w"), "");
          String end = line.startsWith("exec") ? "ACTION=delete" : "[delete] /w";
          for (Program program : List.of(mine, watch)) {
            program.awaitWhileAlive(end, BOUND, () -> program.output().contains("last"));
          }
          mine.signal("INT");
          assertThat(mine.awaitExit(BOUND)).isZero();
          String shown = watch.output();
          assertThat(mine.output()).contains(shown.substring(shown.lastIndexOf("/w/dir/x")));
        }
      }
    }
  }

  @Test
  void whatCannotBeDone_isSaid(@TempDir Path folder) throws Exception {
    assertThat(own("nosuch", "").exitCode()).isEqualTo(3);
    assertThat(own("--nosuch get a", "").errors())
        .isEqualTo("Error:  flag provided but not defined: -nosuch\n");
    assertThat(own("mk --ttl x a b", "").exitCode()).isEqualTo(1);
    assertThat(own("-o bad get a", "").errors()).contains("Unsupported output format: bad");
    assertThat(own("user list", "").errors()).contains("use ETCDCTL_API=3 user");
    assertThat(own("member add x", "").errors())
        .contains("Provide a name and a single member peerURL");
    assertThat(own("member remove abc", "").errors())
        .contains("Couldn't find a member in the cluster with an ID of abc.");
    assertThat(own("member update abc http://127.0.0.1:1", "").errors())
        .contains("No such member: abc");
    assertThat(own("member nosuch", "").errors()).contains("list, add, remove, update");
    Printed unreachable = own(List.of("--endpoints=http://127.0.0.1:9", "get", "a"), "");
    assertThat(unreachable.exitCode()).isEqualTo(2);
    assertThat(unreachable.errors()).contains("unavailable or misconfigured");
    assertThat(own(List.of("--endpoints", "x:y", "get", "a"), "").exitCode()).isEqualTo(128);
    try (var without = new EtcdServer(folder)) {
      Printed refused = own(List.of("--endpoints", without.endpoint(), "get", "a"), "");
      assertThat(refused.exitCode()).isEqualTo(4);
      assertThat(refused.errors()).contains("no API v2 is served there");
    }
  }

  @Test
  void helpNamesEveryCommand_andDebugShowsRequests() {
    for (String words : List.of("--help", "help", "-h")) {
      assertThat(own(words, "").output()).contains("exec-watch KEY").contains("member update");
    }
    assertThat(own("ls --help", "").output()).contains("--recursive");
    assertThat(own("--version", "").output()).contains("API version: 2");
    assertThat(own("--debug ls", "").errors())
        .contains("start to sync cluster using endpoints(http://" + ours.endpoint() + ")")
        .contains("curl -X GET http://" + ours.endpoint() + "/v2/keys?");
  }

  @Test
  void membersComeAndGo(@TempDir Path folder) throws Exception {
    var printed = new ArrayList<List<String>>();
    for (String name : List.of("stock", "own")) {
      try (var server =
          new EtcdServer(Files.createDirectory(folder.resolve(name)), "--enable-v2")) {
        printed.add(lines(change(name, server, "member add m2 http://127.0.0.1:1")));
        printed.add(lines(change(name, server, "member list")));
      }
    }
    assertThat(printed.subList(2, 4)).isEqualTo(printed.subList(0, 2));
  }

  /// Members come in the order of their ids, which nobody knows before.
  private static List<String> lines(Printed printed) {
    return masked(printed)
        .output()
        .replaceAll(
            "ETCD_INITIAL_CLUSTER=.*m2=http.*reference=.*|ETCD_INITIAL_CLUSTER=.*reference=.*m2=.*",
            "BOTH")
        .lines()
        .sorted()
        .toList();
  }

  private static Printed change(String client, EtcdServer server, String line) {
    return client.equals("stock")
        ? stock(server.endpoint(), words(line), "")
        : own(
            Stream.concat(Stream.of("--endpoints", server.endpoint()), words(line).stream())
                .toList(),
            "");
  }
}
