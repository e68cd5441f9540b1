package io.kvorum.node.server.bootstrap;

import io.kvorum.node.server.MemberConfig;
import io.kvorum.node.server.config.ExitCode;
import io.kvorum.node.server.config.StartFailure;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// The directory of one member, opened and locked by this process. Its layout is described in
/// `node/README.md`.
///
/// ```
/// <data-dir>/member/LOCK       held by the living process, holds its id
/// <data-dir>/member/FORMAT     version of this layout and of the files in it
/// <data-dir>/member/IDENTITY   cluster id, member id, stage
/// <data-dir>/member/REMOVED    only there once the member was removed from its cluster
/// <data-dir>/member/log/       segments (or --wal-dir)
/// <data-dir>/member/state/     RocksDB
/// <data-dir>/member/received/  parts of a snapshot on its way in
/// ```
public final class DataDirectory implements AutoCloseable {

  /// The layout this program writes and the newest it reads.
  static final int FORMAT = 1;

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private final Path member;
  private final MemberConfig.Folders folders;
  private final List<DirectoryLock> locks = new ArrayList<>();

  private DataDirectory(Path member, MemberConfig.Folders folders) {
    this.member = member;
    this.folders = folders;
  }

  /// Creates what is missing, locks it, and refuses what is not ours to use.
  public static DataDirectory open(Path dataDirectory, Path logDirectory) {
    Path member = dataDirectory.resolve("member");
    try {
      refuseForeign(dataDirectory, member);
      createPrivate(dataDirectory);
      createPrivate(member);
      createPrivate(logDirectory);
      var directory =
          new DataDirectory(
              member,
              new MemberConfig.Folders(
                  logDirectory, member.resolve("state"), member.resolve("received")));
      boolean usable = false;
      try {
        directory.lockAndCheck();
        usable = true;
      } finally {
        if (!usable) {
          directory.close();
        }
      }
      return directory;
    } catch (IOException e) {
      throw failure("cannot use the data directory " + dataDirectory, e);
    }
  }

  public MemberConfig.Folders folders() {
    return folders;
  }

  /// Whose data this is; empty when it is nobody's yet.
  public Optional<Identity> identity() {
    return stored().map(id -> new Identity(id.clusterId(), id.memberId()));
  }

  /// A cluster's and a member's id.
  public record Identity(long clusterId, long memberId) {}

  /// Records that log and state are there, before anybody hears of the member: from now on a
  /// missing log is a loss.
  public void recordOpened() {
    record(StoredIdentity.Stage.OPENED);
  }

  /// Records that the member is part of its cluster: from now on the flags are not asked.
  public void recordFormed() {
    record(StoredIdentity.Stage.FORMED);
  }

  /// Records whose data a restore has put here, log and state included: it is part of its cluster.
  public void recordRestored(Identity identity) {
    write(
        new StoredIdentity(identity.clusterId(), identity.memberId(), StoredIdentity.Stage.FORMED));
  }

  private void record(StoredIdentity.Stage stage) {
    StoredIdentity stored =
        stored().orElseThrow(() -> new IllegalStateException("no identity in " + member));
    if (stored.stage().compareTo(stage) < 0) {
      write(new StoredIdentity(stored.clusterId(), stored.memberId(), stage));
    }
  }

  /// Records that the member was removed: it never runs again, whatever its flags say.
  public void recordRemoved() {
    try {
      AtomicFile.write(member.resolve("REMOVED"), "removed from its cluster\n");
    } catch (IOException e) {
      throw failure("cannot record the removal in " + member, e);
    }
  }

  @Override
  public void close() {
    try {
      for (DirectoryLock lock : locks) {
        lock.close();
      }
    } catch (IOException e) {
      throw failure("cannot release the lock of " + member, e);
    }
  }

  Optional<StoredIdentity> stored() {
    Path file = member.resolve("IDENTITY");
    try {
      return Files.exists(file)
          ? Optional.of(StoredIdentity.decode(file, Files.readString(file)))
          : Optional.empty();
    } catch (IOException e) {
      throw failure("cannot read " + file, e);
    }
  }

  void write(StoredIdentity identity) {
    try {
      AtomicFile.write(member.resolve("IDENTITY"), identity.encode());
    } catch (IOException e) {
      throw failure("cannot write " + member.resolve("IDENTITY"), e);
    }
  }

  /// Whether anything stands in the log directory besides its lock.
  boolean hasLog() {
    return hasFiles(folders.log());
  }

  boolean hasState() {
    return hasFiles(folders.state());
  }

  Path path() {
    return member;
  }

  private void lockAndCheck() throws IOException {
    locks.add(DirectoryLock.acquire(member));
    if (!folders.log().startsWith(member)) {
      locks.add(DirectoryLock.acquire(folders.log()));
    }
    checkFormat();
    createPrivate(folders.state());
    createPrivate(folders.received());
    if (Files.exists(member.resolve("REMOVED"))) {
      throw new StartFailure(
          ExitCode.REMOVED,
          "the member in "
              + member
              + " was removed from its cluster and never runs again:"
              + " delete its data directory, and add a new member if one is wanted");
    }
    if (stored().isEmpty() && (hasLog() || hasState())) {
      throw new StartFailure(
          ExitCode.DAMAGED_STATE,
          "the data directory "
              + member
              + " holds a log or a state but no IDENTITY file:"
              + " nobody can tell whose they are");
    }
  }

  private void checkFormat() throws IOException {
    Path file = member.resolve("FORMAT");
    if (!Files.exists(file)) {
      if (Files.exists(member.resolve("IDENTITY"))) {
        throw new StartFailure(
            ExitCode.DAMAGED_STATE, "the data directory " + member + " has no FORMAT file");
      }
      AtomicFile.write(file, FORMAT + "\n");
      return;
    }
    String text = Files.readString(file).strip();
    if (!text.matches("\\d{1,9}")) {
      throw new StartFailure(
          ExitCode.DAMAGED_STATE, file + " is damaged: expected a number, found \"" + text + "\"");
    }
    if (Integer.parseInt(text) > FORMAT) {
      throw new StartFailure(
          ExitCode.NEWER_DATA,
          "the data directory "
              + member
              + " has format "
              + text
              + ", this program reads formats up to "
              + FORMAT
              + ": run a newer version");
    }
  }

  /// Our files and those of etcd share a directory's name; neither program reads the other's.
  private static void refuseForeign(Path dataDirectory, Path member) {
    for (Path foreign :
        List.of(member.resolve("wal"), member.resolve("snap"), dataDirectory.resolve("proxy"))) {
      if (Files.exists(foreign)) {
        throw StartFailure.configuration(
            "the data directory "
                + dataDirectory
                + " holds data of etcd ("
                + foreign
                + "): start with another --data-dir and copy the keys over");
      }
    }
  }

  private static void createPrivate(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      if (!Files.isWritable(directory)) {
        throw StartFailure.configuration("cannot write to directory " + directory);
      }
      return;
    }
    Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
    AtomicFile.syncDirectory(AtomicFile.parent(directory));
  }

  private static boolean hasFiles(Path directory) {
    if (!Files.isDirectory(directory)) {
      return false;
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.anyMatch(file -> !file.endsWith("LOCK"));
    } catch (IOException e) {
      throw failure("cannot list " + directory, e);
    }
  }

  private static StartFailure failure(String what, IOException e) {
    boolean denied = e instanceof AccessDeniedException;
    return new StartFailure(
        denied ? ExitCode.FATAL : ExitCode.DISK_FAILED,
        what + ": " + (denied ? "permission denied: " + e.getMessage() : e.toString()),
        e);
  }
}
