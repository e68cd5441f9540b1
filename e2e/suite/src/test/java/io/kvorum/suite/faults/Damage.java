package io.kvorum.suite.faults;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What happens to the files of a member that does not run. Folders are its `member` folder.
final class Damage {

  private static final int HEADER_BYTES = 512;
  private static final int BLOCK_BYTES = 64 << 10;

  private Damage() {}

  /// A segment of the log, counted from the oldest, or from the newest if negative.
  static Path segment(Path member, int number) throws IOException {
    List<Path> segments = files(member.resolve("log"), "", ".log");
    return segments.get(number < 0 ? segments.size() + number : number);
  }

  /// The state's newest generation.
  static Path generation(Path member) throws IOException {
    return files(member.resolve("state"), "generation-", "").getLast();
  }

  static Path manifest(Path member) throws IOException {
    return files(generation(member), "MANIFEST-", "").getLast();
  }

  static Path largestTable(Path member) throws IOException {
    return files(generation(member), "", ".sst").stream()
        .max(Comparator.comparingLong(file -> file.toFile().length()))
        .orElseThrow();
  }

  private static List<Path> files(Path folder, String beginning, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(beginning))
          .filter(file -> file.getFileName().toString().endsWith(ending))
          .sorted()
          .toList();
    }
  }

  static void flip(Path file, long offset) throws IOException {
    try (var open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(offset);
      int was = open.read();
      open.seek(offset);
      open.write(was ^ 0x10);
    }
  }

  /// In the middle of what a file holds before its zeroes, and behind the header of a segment.
  static void flipMiddle(Path file) throws IOException {
    flip(file, HEADER_BYTES + (written(file) - HEADER_BYTES) / 2);
  }

  /// In the last record of a segment.
  static void flipEnd(Path segment) throws IOException {
    flip(segment, written(segment) - 1);
  }

  /// Keeps a part of what a file holds before its zeroes.
  static void cut(Path file, double kept) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate((long) (written(file) * kept));
    }
  }

  private static long written(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] == 0) {
      end--;
    }
    return end;
  }

  /// As a write that was torn off: a part of a record behind the last one.
  static void tear(Path segment) throws IOException {
    byte[] bytes = Files.readAllBytes(segment);
    int end = (int) written(segment) + 8 & -8;
    byte[] part = Arrays.copyOfRange(bytes, HEADER_BYTES, HEADER_BYTES + 40);
    System.arraycopy(part, 0, bytes, end, part.length);
    Files.write(segment, bytes);
  }

  /// With all it holds.
  static void delete(Path tree) throws IOException {
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
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
              throws IOException {
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  static void copy(Path tree, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(tree.relativize(file));
        if (Files.isDirectory(file)) {
          var rights = PosixFilePermissions.asFileAttribute(Files.getPosixFilePermissions(file));
          Files.createDirectories(target, rights);
        } else {
          copyWithoutZeroes(file, target);
        }
      }
    }
  }

  /// Blocks of zeroes, of which segments are full, become holes.
  private static void copyWithoutZeroes(Path file, Path target) throws IOException {
    var block = new byte[BLOCK_BYTES];
    var zeroes = new byte[BLOCK_BYTES];
    try (var in = Files.newInputStream(file);
        var out = new RandomAccessFile(target.toFile(), "rw")) {
      out.setLength(Files.size(file));
      long at = 0;
      for (int n = in.readNBytes(block, 0, BLOCK_BYTES);
          n > 0;
          n = in.readNBytes(block, 0, BLOCK_BYTES)) {
        if (!Arrays.equals(block, 0, n, zeroes, 0, n)) {
          out.seek(at);
          out.write(block, 0, n);
        }
        at += n;
      }
    }
  }
}
