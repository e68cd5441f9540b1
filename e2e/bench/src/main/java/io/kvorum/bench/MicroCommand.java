package io.kvorum.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.kvorum.bench.micro.ApplyBatch;
import io.kvorum.bench.micro.CommandBytes;
import io.kvorum.bench.micro.LogAppend;
import io.kvorum.bench.micro.RaftStep;
import io.kvorum.bench.micro.RangeScan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `bench micro`.
@Command(
    name = "micro",
    description = {
      "Measures the inner parts of a member by JMH, with what they allocate: the log, the"
          + " application of a batch, reads,",
      "the commands' bytes, consensus.",
      ""
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class MicroCommand implements Callable<Integer> {

  private static final List<Class<?>> ALL =
      List.of(
          LogAppend.class, ApplyBatch.class, RangeScan.class, CommandBytes.class, RaftStep.class);

  private static final String ALLOCATED = "gc.alloc.rate.norm";

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME",
      description = "Only these: LogAppend, ApplyBatch, RangeScan, CommandBytes, RaftStep.")
  List<String> names = List.of();

  @Option(names = "--forks", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
  int forks;

  @Option(
      names = "--warm-up-iterations",
      defaultValue = "3",
      description = "Default: ${DEFAULT-VALUE}.")
  int warmUps;

  @Option(names = "--iterations", defaultValue = "5", description = "Default: ${DEFAULT-VALUE}.")
  int iterations;

  @Option(
      names = "--time",
      paramLabel = "MILLISECONDS",
      defaultValue = "1000",
      description = "Of an iteration. Default: ${DEFAULT-VALUE}.")
  long millis;

  @Option(
      names = "--param",
      paramLabel = "NAME=VALUE",
      description = "Sets a parameter of the measurements, as batch=100 or keys=1000000.")
  List<String> parameters = List.of();

  @Option(
      names = {"-w", "--write-out"},
      paramLabel = "FORMAT",
      defaultValue = "simple",
      description = "simple or json. Default: ${DEFAULT-VALUE}.")
  LoadOptions.Format format = LoadOptions.Format.SIMPLE;

  @Override
  public Integer call() throws RunnerException {
    var results = new ArrayList<RunResult>();
    for (Class<?> each : chosen()) {
      Comparison.say(each.getSimpleName());
      results.addAll(run(each));
    }
    switch (format) {
      case SIMPLE -> System.out.print(text(results));
      case JSON -> System.out.println(json(results).toPrettyString());
    }
    return 0;
  }

  private List<Class<?>> chosen() {
    for (String name : names) {
      if (ALL.stream().noneMatch(each -> each.getSimpleName().equals(name))) {
        throw new IllegalArgumentException("there is no measurement '%s'".formatted(name));
      }
    }
    return ALL.stream()
        .filter(each -> names.isEmpty() || names.contains(each.getSimpleName()))
        .toList();
  }

  private Collection<RunResult> run(Class<?> measurement) throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(Pattern.quote(measurement.getName()) + "\\.")
            .forks(forks)
            .warmupIterations(warmUps)
            .measurementIterations(iterations)
            .warmupTime(TimeValue.milliseconds(millis))
            .measurementTime(TimeValue.milliseconds(millis))
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT);
    for (String parameter : parameters) {
      int equals = parameter.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("--param is %s; write NAME=VALUE".formatted(parameter));
      }
      options.param(parameter.substring(0, equals), parameter.substring(equals + 1));
    }
    return new Runner(options.build()).run();
  }

  private static String text(List<RunResult> results) {
    var text = new StringBuilder();
    text.append(
        "%-32s %-24s %12s %10s %-6s %14s%n"
            .formatted("", "parameters", "mean", "±", "", "bytes allocated"));
    for (RunResult result : results) {
      Result<?> primary = result.getPrimaryResult();
      text.append(
          String.format(
              Locale.ROOT,
              "%-32s %-24s %12.3f %10.3f %-6s %,14.0f%n",
              name(result),
              parameters(result.getParams()),
              primary.getScore(),
              Double.isNaN(primary.getScoreError()) ? 0 : primary.getScoreError(),
              primary.getScoreUnit(),
              allocated(result)));
    }
    return text.toString();
  }

  private static ArrayNode json(List<RunResult> results) {
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    for (RunResult result : results) {
      json.addObject()
          .put("name", name(result))
          .put("parameters", parameters(result.getParams()))
          .put("mean", result.getPrimaryResult().getScore())
          .put("unit", result.getPrimaryResult().getScoreUnit())
          .put("bytesAllocated", allocated(result));
    }
    return json;
  }

  /// The class and the method, without the package.
  private static String name(RunResult result) {
    String[] parts = result.getParams().getBenchmark().split("\\.", -1);
    return parts[parts.length - 2] + "." + parts[parts.length - 1];
  }

  private static String parameters(BenchmarkParams params) {
    var text = new ArrayList<String>();
    params.getParamsKeys().forEach(key -> text.add(key + "=" + params.getParam(key)));
    return String.join(" ", text);
  }

  /// By each operation.
  private static double allocated(RunResult result) {
    Result<?> allocation = result.getSecondaryResults().get(ALLOCATED);
    return allocation == null ? 0 : allocation.getScore();
  }
}
