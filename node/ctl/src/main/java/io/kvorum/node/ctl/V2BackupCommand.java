package io.kvorum.node.ctl;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A copy of a stopped member's data directory, to be started in its place.
///
/// It stays that member: two of it, or one of it behind what it has promised since, would break the
/// cluster's promises. So a member that runs is refused.
final class V2BackupCommand {

  private static final String MEMBER = "member";
  private static final String LOCK = "LOCK";
  private static final String LOG = "log";
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  static final V2Command BACKUP =
      new V2Command(
          "backup",
          "",
          "copy a stopped member's data directory",
          List.of(
              Flag.text("data-dir", "", "the member's data directory"),
              Flag.text("wal-dir", "", "its log, if that is elsewhere"),
              Flag.text("backup-dir", "", "where the copy goes"),
              Flag.text("backup-wal-dir", "", "where the copy of the log goes, if elsewhere"),
              Flag.toggle("with-v3", "no effect: all data is copied")),
          V2BackupCommand::run);

  private V2BackupCommand() {}

  private static void run(V2Invocation invocation) throws Failure, IOException {
    Flags flags = invocation.flags();
    if (flags.text("data-dir").isEmpty() || flags.text("backup-dir").isEmpty()) {
      throw Failure.error("--data-dir and --backup-dir are required");
    }
    Path member = Path.of(flags.text("data-dir")).resolve(MEMBER);
    Path copy = Path.of(flags.text("backup-dir")).resolve(MEMBER);
    Path log = elsewhere(flags.text("wal-dir"), member.resolve(LOG));
    Path logCopy = elsewhere(flags.text("backup-wal-dir"), copy.resolve(LOG));
    if (!Files.exists(member.resolve("IDENTITY"))) {
      throw Failure.error("no member's data in " + flags.text("data-dir"));
    }
    refuseUsed(copy);
    refuseUsed(logCopy);
    try (FileChannel channel =
            FileChannel.open(
                member.resolve(LOCK), StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null) {
        throw Failure.error(
            "the member in "
                + flags.text("data-dir")
                + " runs; stop it first, or use snapshot save of API v3");
      }
      copy(member, copy, log);
      copy(log, logCopy, member);
    }
    invocation
        .console()
        .errors()
        .line(
            "copied "
                + member
                + " to "
                + copy
                + "; start one of the two alone, and the copy only if the other has not run since");
  }

  private static Path elsewhere(String named, Path usual) {
    return named.isEmpty() ? usual : Path.of(named);
  }

  private static void refuseUsed(Path folder) throws Failure, IOException {
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        if (files.findAny().isPresent()) {
          throw Failure.error(folder + " is not empty");
        }
      }
    }
  }

  /// Copies all below a folder but for what has a copy of its own, and for locks.
  private static void copy(Path from, Path to, Path apart) throws IOException {
    Files.createDirectories(to, PosixFilePermissions.asFileAttribute(PRIVATE));
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            if (folder.equals(apart)) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            Files.createDirectories(
                to.resolve(from.relativize(folder)), PosixFilePermissions.asFileAttribute(PRIVATE));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (!file.endsWith(LOCK)) {
              Path copied = to.resolve(from.relativize(file));
              Files.copy(file, copied, StandardCopyOption.COPY_ATTRIBUTES);
              sync(copied);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException trouble)
              throws IOException {
            if (trouble != null) {
              throw trouble;
            }
            sync(to.resolve(from.relativize(folder)));
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
