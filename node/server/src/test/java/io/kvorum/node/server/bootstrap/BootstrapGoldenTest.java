package io.kvorum.node.server.bootstrap;

import io.kvorum.node.server.MemberConfig.Founding;
import io.kvorum.node.server.MemberConfig.NamedMember;
import io.kvorum.node.server.config.NodeConfig;
import io.kvorum.node.server.config.NodeConfigReader;
import io.kvorum.node.server.config.StartFailure;
import io.kvorum.node.server.peer.ClusterProbe.Answer;
import io.kvorum.node.server.peer.ClusterView;
import io.kvorum.testkit.Golden;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Starts of members, one after the other in one data directory.
///
/// - `start <flags>` decides, and prints identity and founding, or the exit code and its line.
/// - `peers silent` and `peers known <cluster>` (with `member <id> <urls> [name] [learner]` and
///   `removed <id>` as input) are what running members answer from now on.
/// - `log`, `state` write a file there, as a member does; `opened`, `formed` and `removed` are what
///   the process records; `write <file> <text>` and `delete <file>` are accidents; `wipe` loses
///   all.
/// - `tree` lists the directory.
final class BootstrapGoldenTest {

  @TempDir Path folder;

  @TestFactory
  List<DynamicTest> scripts() {
    return Golden.scripts(
        Path.of("src/test/resources/golden/bootstrap"), () -> new Scene(freshFolder())::run);
  }

  private Path freshFolder() {
    try {
      return Files.createTempDirectory(folder, "scene");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static final class Scene {
    private final Path data;
    private final Path member;
    private Answer answer = new Answer.Silent(List.of("connection refused"), true);

    Scene(Path folder) {
      this.data = folder.resolve("data");
      this.member = data.resolve("member");
    }

    String run(Golden.Case command) throws IOException {
      List<String> args = command.args();
      return switch (command.name()) {
        case "start" -> start(args).replace(data.toString(), "DATA");
        case "peers" -> {
          answer = answer(args, command.input().lines().toList());
          yield "ok";
        }
        case "log" -> create(member.resolve("log").resolve("segment"), "x");
        case "state" -> create(member.resolve("state").resolve("CURRENT"), "x");
        case "write" -> create(data.resolve(args.getFirst()), args.getLast());
        case "delete" -> {
          Files.delete(data.resolve(args.getFirst()));
          yield "ok";
        }
        case "wipe" -> wipe();
        case "opened" -> record(DataDirectory::recordOpened);
        case "formed" -> record(DataDirectory::recordFormed);
        case "removed" -> record(DataDirectory::recordRemoved);
        case "tree" -> tree();
        case String other -> throw new IllegalArgumentException(other);
      };
    }

    private String start(List<String> flags) {
      var arguments = new ArrayList<>(flags);
      arguments.add("--data-dir=" + data);
      try {
        NodeConfig config =
            ((NodeConfigReader.Request.Run)
                    NodeConfigReader.read(arguments, Map.of(), () -> "10.1.2.3"))
                .config();
        try (var directory = DataDirectory.open(config.dataDirectory(), config.logDirectory())) {
          return describe(
              new Bootstrap(
                      config,
                      directory,
                      (_, _) -> answer,
                      new UrlComparison(Scene::resolve, Duration.ZERO),
                      Duration.ZERO,
                      (_, self) -> "found=http://10.9.9.9:2380," + self.value())
                  .decide());
        }
      } catch (StartFailure e) {
        return "exit " + e.exitCode().code() + ": " + e.getMessage();
      }
    }

    private static List<InetAddress> resolve(String host) throws UnknownHostException {
      return switch (host) {
        case "one.example", "127.0.0.1" -> List.of(InetAddress.ofLiteral("127.0.0.1"));
        case "two.example" -> List.of(InetAddress.ofLiteral("127.0.0.2"));
        case String _ -> throw new UnknownHostException(host + ": no such host");
      };
    }

    private static String describe(Bootstrap.Decision decision) {
      var identity = decision.identity();
      String who =
          "cluster %s member %s name %s\n"
              .formatted(
                  MemberIds.text(identity.clusterId()),
                  MemberIds.text(identity.memberId()),
                  identity.name());
      return who
          + switch (decision.founding()) {
            case Founding.Found(List<NamedMember> members) -> "found\n" + describe(members);
            case Founding.Join(List<NamedMember> members) -> "join\n" + describe(members);
            case Founding.Resume() -> "resume\n";
          };
    }

    private static String describe(List<NamedMember> members) {
      var text = new StringBuilder();
      for (NamedMember member : members) {
        text.append(
            "  %s %s %s%s\n"
                .formatted(
                    MemberIds.text(member.memberId()),
                    member.name().isEmpty() ? "(unstarted)" : member.name(),
                    String.join(",", member.peerUrls()),
                    member.learner() ? " learner" : ""));
      }
      return text.toString();
    }

    private static Answer answer(List<String> args, List<String> lines) {
      if (args.getFirst().equals("silent")) {
        return new Answer.Silent(List.of("http://127.0.0.1:1 connection refused"), true);
      }
      var members = new ArrayList<NamedMember>();
      var removed = new ArrayList<Long>();
      for (String line : lines) {
        String[] words = line.split(" ", -1);
        long id = Long.parseUnsignedLong(words[1], 16);
        if (words[0].equals("removed")) {
          removed.add(id);
        } else {
          members.add(
              new NamedMember(
                  id,
                  words.length > 3 ? words[3] : "",
                  List.of(words[2].split(",", -1)),
                  line.endsWith(" learner")));
        }
      }
      long clusterId = Long.parseUnsignedLong(args.getLast(), 16);
      return new Answer.Known(
          URI.create("http://127.0.0.1:1"),
          new ClusterView(clusterId, members, List.of(), removed, "3.6"));
    }

    private String record(java.util.function.Consumer<DataDirectory> step) {
      try (var directory = DataDirectory.open(data, member.resolve("log"))) {
        step.accept(directory);
      }
      return "ok";
    }

    private static String create(Path file, String text) throws IOException {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text + "\n");
      return "ok";
    }

    private String wipe() throws IOException {
      try (Stream<Path> files = Files.walk(data)) {
        for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
      return "ok";
    }

    private String tree() throws IOException {
      var text = new StringBuilder();
      try (Stream<Path> files = Files.walk(data)) {
        for (Path file : files.sorted().toList()) {
          boolean directory = Files.isDirectory(file);
          String name = "data/" + data.relativize(file);
          text.append(
              directory
                  ? PosixFilePermissions.toString(Files.getPosixFilePermissions(file)) + " " + name
                  : name);
          text.append('\n');
        }
      }
      return text.toString();
    }
  }
}
