package io.kvorum.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// A real process of a test: started with arguments, its output captured, waited for by what it
/// prints or answers, stopped by signals, and gone when the test or its JVM ends.
///
/// ```
/// try (Program etcd = Program.command("etcd", "--data-dir", dir).start()) {
///   etcd.awaitLine("ready to serve client requests", Duration.ofSeconds(10));
///   etcd.kill();
/// }
/// ```
public final class Program implements AutoCloseable {

  /// Output beyond this is dropped from the front: a test that needs more reads it as it comes.
  private static final int CAPTURED_BYTES_MAX = 64 << 20;

  private static final Duration STOP_BOUND = Duration.ofSeconds(10);
  private static final Set<Process> running = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> running.forEach(Process::destroyForcibly), "end-test-programs"));
  }

  /// What a program that ran to its end left behind. The raw texts hold one character (0 to 255)
  /// per byte, so that outputs that are no text can be compared too.
  public record Result(int exitCode, String rawOutput, String rawErrors) {

    public String output() {
      return text(rawOutput);
    }

    public String errors() {
      return text(rawErrors);
    }

    private static String text(String raw) {
      return new String(raw.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
  }

  /// How to start a program.
  public static final class Launch {

    private final List<String> command = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private Path folder = Path.of("").toAbsolutePath();

    private Launch(List<String> command) {
      this.command.addAll(command);
    }

    /// Appends arguments.
    public Launch with(String... arguments) {
      command.addAll(List.of(arguments));
      return this;
    }

    /// Sets a variable of the environment; an empty value removes it.
    public Launch environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    /// Sets the working folder.
    public Launch in(Path folder) {
      this.folder = folder;
      return this;
    }

    /// The command with all its arguments.
    public List<String> words() {
      return List.copyOf(command);
    }

    /// Starts it; the caller closes it. It hears every signal: whoever runs the tests in the
    /// background of a shell without job control has SIGINT and SIGQUIT ignored, which a child
    /// would inherit.
    public Program start() {
      var words = new ArrayList<>(List.of("env", "--default-signal=INT,QUIT", "--"));
      words.addAll(command);
      var builder = new ProcessBuilder(words).directory(folder.toFile());
      environment.forEach((name, value) -> {
        if (value.isEmpty()) {
          builder.environment().remove(name);
        } else {
          builder.environment().put(name, value);
        }
      });
      try {
        return new Program(String.join(" ", command), builder.start());
      } catch (IOException e) {
        throw new UncheckedIOException("cannot start " + command, e);
      }
    }

    /// Runs it to its end, its standard input fed from `input`.
    public Result run(byte[] input, Duration bound) {
      try (Program program = start()) {
        program.write(input);
        program.endInput();
        int exitCode = program.awaitExit(bound);
        return new Result(exitCode, program.output.raw(), program.errors.raw());
      }
    }

    /// Runs it to its end without input.
    public Result run(Duration bound) {
      return run(new byte[0], bound);
    }
  }

  private final String name;
  private final Process process;
  private final Capture output;
  private final Capture errors;

  private Program(String name, Process process) {
    this.name = name;
    this.process = process;
    running.add(process);
    this.output = new Capture(process.getInputStream());
    this.errors = new Capture(process.getErrorStream());
  }

  /// A program with its first arguments; the name is searched on the PATH.
  public static Launch command(String... command) {
    return new Launch(List.of(command));
  }

  /// As `command`, from a list.
  public static Launch command(List<String> command) {
    return new Launch(command);
  }

  /// The `java` that runs this test.
  public static Launch java(String... arguments) {
    return command(javaExecutable()).with(arguments);
  }

  private static String javaExecutable() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /// What it has printed so far on standard output.
  public String output() {
    return new String(output.bytes(), StandardCharsets.UTF_8);
  }

  /// What it has printed so far on standard error.
  public String errors() {
    return new String(errors.bytes(), StandardCharsets.UTF_8);
  }

  /// Writes to its standard input. A program that ended before it read all is no failure here.
  public void write(byte[] input) {
    try {
      OutputStream in = process.getOutputStream();
      in.write(input);
      in.flush();
    } catch (IOException e) {
      Await.until(name + " ended", STOP_BOUND, () -> !process.isAlive());
    }
  }

  /// Closes its standard input.
  public void endInput() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      Await.until(name + " ended", STOP_BOUND, () -> !process.isAlive());
    }
  }

  /// Closes the reading end of its standard output, as `head` does to a pipe.
  public void closeOutput() {
    try {
      process.getInputStream().close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close the output of " + name, e);
    }
  }

  /// Waits for a line on either stream that contains the text. Fails at once when it ends before.
  public void awaitLine(String text, Duration bound) {
    awaitLine("a line with \"" + text + "\"", line -> line.contains(text), bound);
  }

  /// Waits for a line on either stream that fits. Fails at once when the program ends before.
  public void awaitLine(String what, Predicate<String> fits, Duration bound) {
    awaitWhileAlive(
        what, bound, () -> output().lines().anyMatch(fits) || errors().lines().anyMatch(fits));
  }

  /// Waits for a condition that only the living program can bring about.
  public void awaitWhileAlive(String what, Duration bound, Callable<Boolean> condition) {
    var ended = new boolean[1];
    try {
      Await.until(
          what,
          bound,
          () -> {
            boolean alive = process.isAlive();
            if (!alive) {
              output.awaitEnd();
              errors.awaitEnd();
            }
            try {
              if (condition.call()) {
                return true;
              }
            } catch (Exception e) {
              if (alive) {
                throw e;
              }
            }
            ended[0] = !alive;
            return ended[0];
          });
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "\n" + describe(), e.getCause());
    }
    if (ended[0]) {
      throw new AssertionError("ended before: " + what + "\n" + describe());
    }
  }

  /// Waits for its end and for the rest of its output; the exit code, 128 + signal when killed.
  public int awaitExit(Duration bound) {
    try {
      if (!process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("still runs after " + bound.toMillis() + " ms\n" + describe());
      }
      output.awaitEnd();
      errors.awaitEnd();
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + name, e);
    }
  }

  /// SIGKILL, and waits until it is gone.
  public void kill() {
    process.destroyForcibly();
    awaitExit(STOP_BOUND);
  }

  /// SIGTERM; does not wait.
  public void terminate() {
    process.destroy();
  }

  /// Any other signal by its name, as `INT` or `STOP`.
  public void signal(String signal) {
    Result sent = command("kill", "-" + signal, Long.toString(pid())).run(Duration.ofSeconds(5));
    if (sent.exitCode() != 0 && process.isAlive()) {
      throw new AssertionError("kill -" + signal + " " + name + ": " + sent.errors());
    }
  }

  /// Kills it when it still runs.
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(STOP_BOUND.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    running.remove(process);
  }

  private String describe() {
    return name
        + (process.isAlive() ? " (runs)" : " (exit code " + process.exitValue() + ")")
        + "\n-- output\n"
        + tail(output())
        + "\n-- errors\n"
        + tail(errors());
  }

  private static String tail(String text) {
    int shown = 8_000;
    return text.length() <= shown ? text : "...\n" + text.substring(text.length() - shown);
  }

  /// Drains one stream on a thread of its own, so that the program never blocks on a full pipe.
  private static final class Capture {

    private final ByteArrayOutputStream captured = new ByteArrayOutputStream();
    private final Thread thread;

    Capture(InputStream stream) {
      this.thread = Thread.ofPlatform().daemon().start(() -> drain(stream));
    }

    private void drain(InputStream stream) {
      var buffer = new byte[8_192];
      try (stream) {
        for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
          synchronized (captured) {
            if (captured.size() > CAPTURED_BYTES_MAX) {
              captured.reset();
            }
            captured.write(buffer, 0, n);
          }
        }
      } catch (IOException closed) {
        // The pipe of a killed program, or one the test closed: what came before is kept.
        return;
      }
    }

    byte[] bytes() {
      synchronized (captured) {
        return captured.toByteArray();
      }
    }

    String raw() {
      return new String(bytes(), StandardCharsets.ISO_8859_1);
    }

    void awaitEnd() throws InterruptedException {
      thread.join(STOP_BOUND.toMillis());
    }
  }
}
