package io.kvorum.operator.plan;

import io.kvorum.operator.plan.FakeKubernetes.Pod;
import io.kvorum.testkit.Golden;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// What the planner does, as texts. `plan` shows the step for one observation; the other commands
/// live through a world without faults and show every step with its time in seconds.
final class PlannerGoldenTest {

  private static final Duration LONGEST = Duration.ofMinutes(40);

  @TestFactory
  List<DynamicTest> scripts() {
    return Golden.scripts(Path.of("src/test/resources/plan"), () -> new Interpreter()::run);
  }

  private static final class Interpreter {

    private @Nullable World world;

    String run(Golden.Case command) {
      return switch (command.name()) {
        case "plan" -> PlanScript.plan(command);
        case "form" -> {
          world = new World(World.desired(number(command, 0)), false);
          yield settle(world, LONGEST);
        }
        default -> change(Objects.requireNonNull(world), command);
      };
    }

    private static String change(World world, Golden.Case command) {
      switch (command.name()) {
        case "scale" -> world.scale(number(command, 0));
        case "kill" -> world.stop(pod(world, command), 137);
        case "delete-pod" -> deletePod(world, command.args().getFirst());
        case "delete-pod-and-volume" -> {
          deletePod(world, command.args().getFirst());
          Objects.requireNonNull(world.kubernetes.volumes.get(command.args().getFirst()))
                  .terminating =
              true;
        }
        case "wipe-volume" ->
            Objects.requireNonNull(world.kubernetes.volumes.get(command.args().getFirst()))
                    .identity =
                null;
        case "node-down" -> world.kubernetes.deadNodes.put(pod(world, command).node, world.now);
        case "use-https" -> world.use(Scheme.HTTPS, new Desired.Templates("t2", "t2s"));
        case "new-template" -> world.use(Scheme.HTTP, new Desired.Templates("t2", "t2s"));
        default -> throw new IllegalArgumentException(command.name());
      }
      String limit = command.args().isEmpty() ? "" : command.args().getLast();
      return settle(world, limit.endsWith("s") ? Duration.parse("PT" + limit) : LONGEST);
    }

    private static int number(Golden.Case command, int at) {
      return Integer.parseInt(command.args().get(at));
    }

    private static Pod pod(World world, Golden.Case command) {
      return Objects.requireNonNull(world.kubernetes.pods.get(command.args().getFirst()));
    }

    private static void deletePod(World world, String name) {
      Pod pod = Objects.requireNonNull(world.kubernetes.pods.get(name));
      pod.running = false;
      pod.terminating = true;
    }

    /// Steps until nothing is left to do, or the time is over; a wait is shown when it begins.
    private static String settle(World world, Duration limit) {
      var transcript = new StringBuilder();
      var start = world.now;
      String shown = "";
      world.tick(Duration.ZERO);
      while (Duration.between(start, world.now).compareTo(limit) < 0) {
        Step step = Planner.next(world.desired, world.observe());
        String outcome = perform(world, step);
        String text = StepText.of(step) + outcome;
        boolean waits = step instanceof Step.Wait || !outcome.isEmpty();
        if (!text.equals(shown)) {
          transcript.append(
              "%4ds %s%n".formatted(Duration.between(start, world.now).toSeconds(), text));
        }
        shown = waits ? text : "";
        if (step instanceof Step.Done) {
          return transcript.toString();
        }
        world.tick(waits ? Duration.ofSeconds(1) : Duration.ofMillis(100));
      }
      return transcript.toString();
    }

    private static String perform(World world, Step step) {
      try {
        world.perform(step, world.kubernetes.latchesVersion);
        return "";
      } catch (FakeStore.Refused refused) {
        return " => " + refused.getMessage();
      }
    }
  }
}
