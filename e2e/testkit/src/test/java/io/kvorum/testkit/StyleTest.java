package io.kvorum.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The rules of the house that a formatter or compiler does not hold, over every source file.
final class StyleTest {

  private static final int LONG_METHOD_LINES = 70;
  private static final double LONG_METHODS_ALLOWED = 0.02;

  /// What must not stand in a line of code, and what to do instead.
  private record Ban(String what, Pattern pattern, String instead, boolean inTestsOnly) {
    Ban(String what, String regex, String instead) {
      this(what, Pattern.compile(regex), instead, false);
    }

    boolean isBrokenBy(Line line) {
      return (!inTestsOnly || line.file().toString().contains("/src/test/"))
          && pattern.matcher(line.text()).find();
    }
  }

  private record Line(Path file, int number, String text) {
    String at(String message) {
      return ProjectRoot.find().relativize(file) + ":" + number + ": " + message;
    }
  }

  private static final List<Ban> BANS =
      List.of(
          new Ban("the assert keyword", "^\\s*assert\\s", "Invariant.check, which is always on"),
          // Production code may pace itself; a test that sleeps guesses when something is done.
          new Ban(
              "a sleep",
              Pattern.compile("\\bThread\\.sleep\\(|\\bsleepUninterruptibly\\("),
              "wait for the event",
              true),
          new Ban("a skipped test", "@Disabled|\\bassume(True|False|That)\\(", "mend or delete it"),
          new Ban("work left over", "\\b(TODO|FIXME|XXX)\\b", "do it now or file an issue"),
          new Ban(
              "a name that says nothing",
              "\\b(class|record|interface|enum) (\\w*(Util|Utils|Helper|Impl)|\\w+Manager)\\b",
              "name what it is"),
          new Ban("a mocking library", "org\\.mockito", "a fake with behaviour"),
          new Ban("a printed stack trace", "\\.printStackTrace\\(\\)", "log it with its subject"));

  @Test
  void sources_containNothingBanned() {
    var found = new ArrayList<String>();
    for (Path file : sources()) {
      if (file.endsWith("StyleTest.java")) {
        continue;
      }
      for (Line line : lines(file)) {
        for (Ban ban : BANS) {
          if (ban.isBrokenBy(line)) {
            found.add(line.at(ban.what() + "; instead: " + ban.instead()));
          }
        }
      }
    }
    assertThat(found).isEmpty();
  }

  @Test
  void everyPackage_isNullMarkedAndSaysWhatItIs() {
    var folders = new TreeSet<Path>();
    for (Path file : sources()) {
      if (file.toString().contains("/src/main/java/")) {
        folders.add(file.getParent());
      }
    }
    var found = new ArrayList<String>();
    for (Path folder : folders) {
      Path info = folder.resolve("package-info.java");
      if (!Files.exists(info)) {
        found.add(folder + ": no package-info.java");
      } else if (!read(info).contains("@NullMarked") || !read(info).startsWith("///")) {
        found.add(info + ": needs a sentence in /// and @NullMarked");
      }
    }
    assertThat(found).isEmpty();
  }

  @Test
  void methods_areShort() {
    int methods = 0;
    var tooLong = new ArrayList<String>();
    for (Path file : sources()) {
      List<Line> lines = lines(file);
      for (int start = 0; start < lines.size(); start++) {
        int end = endOfMethod(lines, start);
        if (end < 0) {
          continue;
        }
        methods++;
        if (end - start + 1 > LONG_METHOD_LINES) {
          tooLong.add(lines.get(start).at((end - start + 1) + " lines"));
        }
      }
    }
    assertThat(methods).isPositive();
    assertThat(tooLong)
        .as("methods above %d lines, of %d", LONG_METHOD_LINES, methods)
        .hasSizeLessThanOrEqualTo((int) (methods * LONG_METHODS_ALLOWED));
  }

  /// The line of the closing brace when a method's body opens at `start`, else -1. Relies on the
  /// formatter: a body's closing brace stands under the first column of its declaration.
  private static int endOfMethod(List<Line> lines, int start) {
    String text = lines.get(start).text();
    if (!text.matches("( {2}| {4})(?! )[\\w@<].*\\(.*")
        || text.contains("=")
        || !text.matches(".*[{(,]")) {
      return -1;
    }
    String closing = text.substring(0, text.length() - text.stripLeading().length()) + "}";
    if (text.matches(".*\\b(class|record|interface|enum)\\b.*")
        || text.matches(" +(if|for|while|switch|try|catch|return|throw|new|synchronized)\\b.*")
        || text.matches(" +(\\w+\\.)+\\w+\\(.*")) {
      return -1;
    }
    for (int at = start; at < lines.size(); at++) {
      if (lines.get(at).text().equals(closing)) {
        return at;
      }
    }
    return -1;
  }

  private static List<Path> sources() {
    Path root = ProjectRoot.find();
    var found = new ArrayList<Path>();
    for (String folder : List.of("node", "crds", "operator", "e2e")) {
      try (Stream<Path> files = Files.walk(root.resolve(folder))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .filter(file -> !root.relativize(file).toString().contains("target/"))
            .sorted()
            .forEach(found::add);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot list " + folder, e);
      }
    }
    assertThat(found).isNotEmpty();
    return found;
  }

  private static List<Line> lines(Path file) {
    String[] texts = read(file).split("\n", -1);
    var lines = new ArrayList<Line>();
    for (int i = 0; i < texts.length; i++) {
      lines.add(new Line(file, i + 1, texts[i]));
    }
    return lines;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
