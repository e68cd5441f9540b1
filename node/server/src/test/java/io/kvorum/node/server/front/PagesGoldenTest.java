package io.kvorum.node.server.front;

import io.kvorum.node.server.MemberStatus.AlarmRaised;
import io.kvorum.node.server.MemberStatus.Probe;
import io.kvorum.testkit.Golden;
import io.kvorum.testkit.Program;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// What curl prints, with headers, for each page and each state of a member.
///
/// - `member [no-leader] [learner] [NOSPACE] [CORRUPT] [no-version] [local=…] [quorum=…]` sets the
///   state, all else being well.
/// - `curl <arguments> <path>` asks the client port, `metrics-port <path>` the metrics port.
final class PagesGoldenTest {

  private static TrialFront front;

  @BeforeAll
  static void open() {
    front = new TrialFront("http");
  }

  @AfterAll
  static void close() {
    front.close();
  }

  @TestFactory
  List<DynamicTest> scripts() {
    return Golden.scripts(Path.of("src/test/resources/golden/front"), () -> PagesGoldenTest::run);
  }

  private static String run(Golden.Case command) {
    List<String> args = command.args();
    return switch (command.name()) {
      case "member" -> {
        args.forEach(PagesGoldenTest::reset);
        set(args);
        yield "ok";
      }
      case "curl" -> curl(args, TrialFront.PORT);
      case "metrics-port" -> curl(args, TrialFront.METRICS_PORT);
      case String other -> throw new IllegalArgumentException(other);
    };
  }

  private static void reset(String unused) {
    front.member.leaderId = 1;
    front.member.learner = false;
    front.member.alarms = List.of();
    front.member.local = new Probe.Healthy();
    front.member.quorum = new Probe.Healthy();
    front.member.clusterVersion = Optional.of("3.6");
  }

  private static void set(List<String> words) {
    var alarms = new ArrayList<AlarmRaised>();
    for (String word : words) {
      String value = word.substring(word.indexOf('=') + 1).replace('_', ' ');
      switch (word.substring(0, word.length() - value.length())) {
        case "local=" -> front.member.local = new Probe.Unhealthy(value);
        case "quorum=" -> front.member.quorum = new Probe.Unhealthy(value);
        case String _ -> {
          switch (word) {
            case "well" -> {}
            case "no-leader" -> front.member.leaderId = 0;
            case "learner" -> front.member.learner = true;
            case "no-version" -> front.member.clusterVersion = Optional.empty();
            case String alarm -> alarms.add(new AlarmRaised(1, AlarmRaised.Kind.valueOf(alarm)));
          }
        }
      }
    }
    front.member.alarms = List.copyOf(alarms);
  }

  private static String curl(List<String> args, int port) {
    var arguments = new ArrayList<>(List.of("curl", "-sS", "-i", "--max-time", "5"));
    arguments.addAll(args.subList(0, args.size() - 1));
    arguments.add("http://" + front.address + ":" + port + args.getLast());
    Program.Result result = Program.command(arguments).run(Duration.ofSeconds(10));
    String body = result.output().replace("\r", "");
    return (result.exitCode() == 0 ? "" : "exit " + result.exitCode() + "\n")
        + body
        + (body.endsWith("\n") || body.isEmpty() ? "" : "\n(no newline at the end)");
  }
}
