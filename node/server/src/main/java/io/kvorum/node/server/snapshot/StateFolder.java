package io.kvorum.node.server.snapshot;

import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.server.store.StoreFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The folder of the state: one subfolder for each generation, of which the newest counts.
///
/// A snapshot that has been received becomes the next generation by one rename, so a crash leaves
/// either the old state or the new one. The old one may still have readers and is deleted later, or
/// at the next start. Until the log follows an installed generation, a file in it marks it as such.
public final class StateFolder {
  private static final String PREFIX = "generation-";

  /// Term and index of the snapshot that the generation was installed from.
  private static final String MARK = "INSTALLED";

  private final Path folder;

  public StateFolder(Path folder) {
    this.folder = folder;
  }

  /// The newest generation; older ones are deleted. Made if there is none.
  public Path newest() {
    List<Path> generations = generations();
    if (generations.isEmpty()) {
      Path first = folder.resolve(PREFIX + "%08d".formatted(1));
      run("create " + first, () -> Files.createDirectories(first));
      sync(folder);
      return first;
    }
    generations.subList(0, generations.size() - 1).forEach(StateFolder::delete);
    return generations.getLast();
  }

  /// Makes a complete and synced folder on the same file system the newest generation, marked.
  public Path install(Path received, LogPosition position) {
    mark(received, position);
    List<Path> generations = generations();
    long next = generations.isEmpty() ? 1 : number(generations.getLast()) + 1;
    Path target = folder.resolve(PREFIX + "%08d".formatted(next));
    run(
        "rename " + received + " to " + target,
        () -> Files.move(received, target, StandardCopyOption.ATOMIC_MOVE));
    sync(folder);
    return target;
  }

  private static void mark(Path received, LogPosition position) {
    Path mark = received.resolve(MARK);
    run(
        "write " + mark,
        () -> {
          try (FileChannel channel =
              FileChannel.open(mark, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            String text = position.term() + " " + position.index() + "\n";
            var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
              channel.write(bytes);
            }
            channel.force(true);
          }
          return mark;
        });
    sync(received);
  }

  /// The position of the snapshot that a generation was installed from, while it bears the mark.
  public static Optional<LogPosition> installedAt(Path generation) {
    Path mark = generation.resolve(MARK);
    if (!Files.exists(mark)) {
      return Optional.empty();
    }
    try {
      String[] numbers = Files.readString(mark).strip().split(" ", 2);
      return Optional.of(
          new LogPosition(Long.parseLong(numbers[0]), Long.parseLong(numbers[numbers.length - 1])));
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot read " + mark, failure);
    } catch (NumberFormatException damaged) {
      throw new StoreFailure(StoreFailure.Kind.DAMAGED, mark + " is damaged", damaged);
    }
  }

  /// Removes the mark of a generation, durably.
  public static void unmark(Path generation) {
    Path mark = generation.resolve(MARK);
    run("delete " + mark, () -> Files.deleteIfExists(mark));
    sync(generation);
  }

  private List<Path> generations() {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(path -> path.getFileName().toString().startsWith(PREFIX))
          .sorted()
          .toList();
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot list " + folder, failure);
    }
  }

  private static long number(Path generation) {
    return Long.parseLong(generation.getFileName().toString().substring(PREFIX.length()));
  }

  /// Makes names in a folder durable.
  public static void sync(Path folder) {
    run(
        "sync " + folder,
        () -> {
          try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
          }
          return folder;
        });
  }

  /// Deletes a folder with all it holds.
  public static void delete(Path tree) {
    if (!Files.exists(tree)) {
      return;
    }
    run(
        "delete " + tree,
        () ->
            Files.walkFileTree(
                tree,
                new SimpleFileVisitor<>() {
                  @Override
                  public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                      throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                  }

                  @Override
                  public FileVisitResult postVisitDirectory(
                      Path visited, @org.jspecify.annotations.Nullable IOException failure)
                      throws IOException {
                    Files.delete(visited);
                    return FileVisitResult.CONTINUE;
                  }
                }));
  }

  private interface Action {
    Object run() throws IOException;
  }

  private static void run(String operation, Action action) {
    try {
      action.run();
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot " + operation, failure);
    }
  }
}
