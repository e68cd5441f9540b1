package io.kvorum.bench.micro;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// A folder below the project's, on the disk that is measured.
record Scratch(Path folder) implements AutoCloseable {

  static Scratch make() {
    Path base = Path.of(System.getProperty("kvorum.root", ".")).resolve("target/bench");
    try {
      return new Scratch(Files.createTempDirectory(Files.createDirectories(base), "micro-"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a folder below " + base, e);
    }
  }

  @Override
  public void close() {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + folder, e);
    }
  }
}
