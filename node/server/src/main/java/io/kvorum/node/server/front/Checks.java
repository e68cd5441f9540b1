package io.kvorum.node.server.front;

import io.kvorum.node.server.MemberStatus;
import io.kvorum.node.server.MemberStatus.AlarmRaised;
import io.kvorum.node.server.MemberStatus.Probe;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.http.HttpCall;
import io.kvorum.node.server.metrics.HealthCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// `/livez` and `/readyz`, whole or one check of them: `/livez` asks whether this process can read
/// its own store, `/readyz` whether clients should be sent to it.
final class Checks {

  private final MemberStatus status;
  private final HealthCounts counts;

  Checks(MemberStatus status, HealthCounts counts) {
    this.status = status;
    this.counts = counts;
  }

  /// What can be checked, by the name it has in URLs.
  private enum Check {
    DATA_CORRUPTION("data_corruption"),
    SERIALIZABLE_READ("serializable_read"),
    LINEARIZABLE_READ("linearizable_read"),
    NON_LEARNER("non_learner");

    private final String text;

    Check(String text) {
      this.text = text;
    }
  }

  /// How a check came out; an empty failure means it passed.
  private record Result(Check check, String failure) {}

  CompletableFuture<HttpAnswer> answer(HttpCall call) {
    String[] words = call.path().substring(1).split("/", 2);
    String type = words[0];
    List<Check> all =
        type.equals("livez")
            ? List.of(Check.SERIALIZABLE_READ)
            : List.of(
                Check.DATA_CORRUPTION,
                Check.SERIALIZABLE_READ,
                Check.LINEARIZABLE_READ,
                Check.NON_LEARNER);
    List<Check> wanted;
    if (words.length == 1) {
      List<String> excluded = call.parameters("exclude");
      wanted = all.stream().filter(check -> !excluded.contains(check.text)).toList();
    } else {
      wanted = all.stream().filter(check -> check.text.equals(words[1])).toList();
      if (wanted.isEmpty()) {
        return MemberPages.done(HttpAnswer.notFound());
      }
    }
    boolean verbose = call.query().containsKey("verbose");
    return run(wanted).thenApply(results -> render(type, results, verbose));
  }

  private CompletableFuture<List<Result>> run(List<Check> wanted) {
    List<CompletableFuture<Result>> running = wanted.stream().map(this::run).toList();
    return CompletableFuture.allOf(running.toArray(CompletableFuture[]::new))
        .thenApply(_ -> running.stream().map(CompletableFuture::join).toList());
  }

  private CompletableFuture<Result> run(Check check) {
    return switch (check) {
      case DATA_CORRUPTION -> done(check, corruption());
      case NON_LEARNER ->
          done(check, status.standing().learner() ? "not supported for learner" : "");
      case SERIALIZABLE_READ -> read(check, false);
      case LINEARIZABLE_READ -> read(check, true);
    };
  }

  private String corruption() {
    return status.standing().alarms().stream()
            .anyMatch(alarm -> alarm.kind() == AlarmRaised.Kind.CORRUPT)
        ? "alarm activated: CORRUPT"
        : "";
  }

  private CompletableFuture<Result> read(Check check, boolean linearizable) {
    return status
        .probe(linearizable)
        .handle((probe, failure) ->
            new Result(
                check,
                failure != null
                    ? String.valueOf(failure.getMessage())
                    : switch (probe) {
                      case Probe.Healthy() -> "";
                      case Probe.Unhealthy(String reason) -> reason;
                    }));
  }

  private static CompletableFuture<Result> done(Check check, String failure) {
    return CompletableFuture.completedFuture(new Result(check, failure));
  }

  private HttpAnswer render(String type, List<Result> results, boolean verbose) {
    var lines = new ArrayList<String>();
    boolean passed = true;
    for (Result result : results) {
      boolean ok = result.failure().isEmpty();
      passed &= ok;
      counts.check(type, result.check().text, ok);
      lines.add(
          ok
              ? "[+]" + result.check().text + " ok\n"
              : "[-]" + result.check().text + " failed: " + result.failure() + "\n");
    }
    String details = String.join("", lines);
    return passed
        ? HttpAnswer.text(200, verbose ? details + "ok\n" : "ok\n")
        : HttpAnswer.text(503, details + "\n");
  }
}
