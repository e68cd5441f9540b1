package io.kvorum.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Console;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What all loads have in common on the command line.
final class LoadOptions {

  enum Format {
    SIMPLE,
    JSON
  }

  @Option(
      names = "--endpoints",
      split = ",",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:2379",
      description = "Members to connect to, in turn. Default: ${DEFAULT-VALUE}.")
  List<String> endpoints = List.of();

  @Mixin Security security = new Security();

  @Option(
      names = "--clients",
      defaultValue = "1",
      description = "Logical clients, each with one request at a time. Default: ${DEFAULT-VALUE}.")
  int clients;

  @Option(
      names = "--conns",
      defaultValue = "1",
      description = "Connections, which the clients share. Default: ${DEFAULT-VALUE}.")
  int connections;

  @Option(
      names = "--total",
      description = "Requests to send. Default: 10000, or no limit when --duration is given.")
  @Nullable Long total;

  @Option(
      names = "--duration",
      paramLabel = "SECONDS",
      defaultValue = "0",
      description = "How long to send requests. Default: until --total.")
  double durationSeconds;

  @Option(
      names = "--key-size",
      defaultValue = "8",
      description = "Bytes of a key. Default: ${DEFAULT-VALUE}.")
  int keySize;

  @Option(
      names = "--key-space-size",
      defaultValue = "1",
      description =
          "How many different keys there are: the numbers from 0 on, in decimal with leading"
              + " zeroes. Default: ${DEFAULT-VALUE}.")
  long keySpaceSize;

  @Option(
      names = "--sequential-keys",
      description = "Take the keys one after the other, not at random.")
  boolean sequentialKeys;

  @Option(
      names = "--rate",
      defaultValue = "0",
      description =
          "Requests a second of all clients together; latencies then count from when a request was"
              + " due. Default: as fast as they are answered.")
  double rate;

  @Option(
      names = {"-w", "--write-out"},
      paramLabel = "FORMAT",
      defaultValue = "simple",
      description = "simple or json. Default: ${DEFAULT-VALUE}.")
  Format format = Format.SIMPLE;

  @Option(
      names = "--progress",
      negatable = true,
      description = "Show a progress line on standard error. Default: on a terminal.")
  @Nullable Boolean progress;

  private static final long DEFAULT_TOTAL = 10_000;

  Keys keys() {
    return new Keys(keySize, keySpaceSize, sequentialKeys);
  }

  Plan plan() {
    Duration duration = Duration.ofNanos((long) (durationSeconds * 1e9));
    long most = total != null ? total : duration.isZero() ? DEFAULT_TOTAL : 0;
    return new Plan(clients, most, duration, rate);
  }

  /// What is done on the connections, once they are open.
  @FunctionalInterface
  interface Making {
    Work on(Connections connections);
  }

  int run(Requests requests) {
    return run(connections -> new UnaryWork(connections, requests));
  }

  /// Runs the load and prints what it measured.
  ///
  /// @return the exit code: 1 when a request failed
  int run(Making making) {
    Plan plan = plan();
    try (Connections open = connect(endpoints)) {
      var load = new Load(open.loop(), plan, making.on(open));
      Outcome outcome;
      try (var _ = Progress.show(showsProgress(), load, plan)) {
        outcome = load.run();
      }
      print(() -> Report.text(outcome), () -> Report.json(outcome));
      return outcome.errors().isEmpty() ? 0 : 1;
    }
  }

  /// Open connections to members, which the command line writes as `host:port`.
  Connections connect(List<String> members) {
    if (connections < 1) {
      throw new IllegalArgumentException(
          "--conns is %d; it must be 1 or more".formatted(connections));
    }
    var open =
        new Connections(members.stream().map(Endpoint::parse).toList(), connections, security);
    try {
      open.open();
      return open;
    } catch (RuntimeException e) {
      open.close();
      throw e;
    }
  }

  void print(Supplier<String> text, Supplier<ObjectNode> json) {
    switch (format) {
      case SIMPLE -> System.out.print(text.get());
      case JSON -> System.out.println(json.get().toPrettyString());
    }
  }

  boolean showsProgress() {
    if (progress != null) {
      return progress;
    }
    return onTerminal();
  }

  static boolean onTerminal() {
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }
}
