package io.kvorum.testkit;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/// Tests whose expectation is a text that a person can read and review as a diff.
///
/// A script is a `*.txt` file of cases:
///
/// ```
/// # a comment
/// command arg1 arg2
/// optional input lines
/// ----
/// expected output, ended by an empty line
///
/// ```
///
/// Output that holds empty lines itself is enclosed in a double fence: `----` twice before it and
/// twice behind it. `-Dgolden=rewrite` writes what was produced instead of comparing it; whoever
/// rewrites a file can explain each changed line.
public final class Golden {

  private static final String FENCE = "----";

  /// One command of a script with its input; `position` is `file:line` for messages.
  public record Case(String name, List<String> args, String input, String position) {}

  /// Turns a command into its output. A new one is made for each script, so scripts share nothing.
  @FunctionalInterface
  public interface Interpreter {
    String run(Case command) throws Exception;
  }

  private Golden() {}

  /// One test for each `*.txt` below the folder, in the order of their names.
  public static List<DynamicTest> scripts(Path folder, Supplier<Interpreter> interpreters) {
    try (Stream<Path> files = Files.walk(folder)) {
      List<DynamicTest> tests =
          files
              .filter(file -> file.toString().endsWith(".txt"))
              .sorted()
              .map(file ->
                  DynamicTest.dynamicTest(
                      folder.relativize(file).toString(), () -> script(file, interpreters.get())))
              .toList();
      if (tests.isEmpty()) {
        throw new IllegalStateException("no golden script below " + folder);
      }
      return tests;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list golden scripts below " + folder, e);
    }
  }

  /// Runs one script and compares (or rewrites) its outputs.
  public static void script(Path file, Interpreter interpreter) throws Exception {
    List<String> lines = List.of(Files.readString(file).split("\n", -1));
    var produced = new ArrayList<String>();
    int at = 0;
    while (at < lines.size()) {
      String line = lines.get(at);
      if (line.isBlank() || line.startsWith("#")) {
        produced.add(line);
        at++;
        continue;
      }
      int start = at;
      var input = new ArrayList<String>();
      at++;
      while (at < lines.size() && !lines.get(at).equals(FENCE)) {
        input.add(lines.get(at++));
      }
      if (at == lines.size()) {
        throw new IllegalStateException(file + ":" + (start + 1) + ": no " + FENCE + " behind it");
      }
      at++;
      at = skipExpected(lines, at);
      produced.addAll(lines.subList(start, start + 1 + input.size()));
      String[] words = line.trim().split("\\s+");
      var command =
          new Case(
              words[0],
              List.of(words).subList(1, words.length),
              String.join("\n", input),
              file.getFileName() + ":" + (start + 1));
      appendOutput(produced, interpreter.run(command));
    }
    compare(file, String.join("\n", produced));
  }

  /// Compares a whole file with a text, for documents that code generates.
  public static void file(Path file, String actual) {
    compare(file, actual);
  }

  private static int skipExpected(List<String> lines, int at) {
    if (at < lines.size() && lines.get(at).equals(FENCE)) {
      at++;
      while (at + 1 < lines.size()
          && !(lines.get(at).equals(FENCE) && lines.get(at + 1).equals(FENCE))) {
        at++;
      }
      return Math.min(at + 2, lines.size());
    }
    while (at < lines.size() && !lines.get(at).isEmpty()) {
      at++;
    }
    return at;
  }

  private static void appendOutput(List<String> produced, String output) {
    List<String> lines = output.isEmpty() ? List.of() : List.of(output.stripTrailing().split("\n"));
    boolean fenced = lines.stream().anyMatch(String::isEmpty);
    produced.add(FENCE);
    if (fenced) {
      produced.add(FENCE);
    }
    produced.addAll(lines);
    if (fenced) {
      produced.add(FENCE);
      produced.add(FENCE);
    }
  }

  private static void compare(Path file, String actual) {
    try {
      if ("rewrite".equals(System.getProperty("golden"))) {
        if (file.getParent() != null) {
          Files.createDirectories(file.getParent());
        }
        Files.writeString(file, actual);
        return;
      }
      String expected = Files.exists(file) ? Files.readString(file) : "";
      if (!expected.equals(actual)) {
        fail(
            "%s differs (- expected, + actual; -Dgolden=rewrite accepts):%n%s",
            file, Diff.unified(expected, actual));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot compare " + file, e);
    }
  }
}
