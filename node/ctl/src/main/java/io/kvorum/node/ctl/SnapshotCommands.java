package io.kvorum.node.ctl;

import io.kvorum.node.core.bolt.BoltEntries;
import io.kvorum.node.core.bolt.BoltFile;
import io.kvorum.node.core.bolt.DamagedBoltException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/// snapshot save, status and restore: backups in etcd's format, ours or etcd's own.
final class SnapshotCommands {

  private static final String KEYS = "key";

  static final Command SAVE =
      new Command(
          "snapshot save",
          "FILE",
          "save the state of one member as a file that etcd's tools and ours restore",
          "Takes as long as it takes, unless --command-timeout is given.",
          List.of(),
          SnapshotCommands::save);

  static final Command STATUS =
      new Command(
          "snapshot status",
          "FILE",
          "check a saved file and print its hash, revision, keys and size",
          "",
          List.of(),
          SnapshotCommands::status);

  static final Command HASH =
      new Command(
          "hashkv",
          "FILE",
          "print the hash that a member with the content of a saved file gives",
          "Equal to that of `endpoint hashkv --rev` at the same revision and compact revision.",
          List.of(Flag.number("rev", "hash up to this revision; 0 is the newest")),
          SnapshotCommands::hash);

  private static final List<Flag> RESTORE_FLAGS = restoreFlags();

  static final Command RESTORE =
      new Command(
          "snapshot restore",
          "FILE",
          "write the data directory of a member of a new cluster from a saved file",
          "Keys, their history and leases come back as they were. Every member restores the same file.",
          RESTORE_FLAGS,
          SnapshotCommands::restore);

  private SnapshotCommands() {}

  private static List<Flag> restoreFlags() {
    var flags = new ArrayList<>(RestoreProgram.MEMBER_FLAGS);
    flags.addAll(
        List.of(
            Flag.toggle("skip-hash-check", "restore a file copied from a data directory"),
            Flag.number("bump-revision", "skip so many revisions, so that none is seen twice"),
            Flag.toggle("mark-compacted", "with --bump-revision: end watches of before"),
            RestoreProgram.LEASE_GRACE));
    return flags;
  }

  private static void save(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() != 1) {
      throw Failure.badArguments("snapshot save expects one argument");
    }
    Client client = invocation.client();
    if (client.endpoints().size() != 1) {
      throw Failure.of(
          ExitCode.INTERRUPTED,
          "snapshot must be requested to one selected node, not multiple ["
              + client.endpoints().stream().map(Endpoint::text).collect(Collectors.joining(" "))
              + "]");
    }
    String file = invocation.argument(0);
    boolean bounded = invocation.flags().isSet("command-timeout");
    var _ =
        SnapshotStream.save(
            client, Path.of(file), bounded ? invocation.settings().commandTimeout().toNanos() : 0);
    invocation.console().output().line("Snapshot saved at " + file);
  }

  private static void status(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() != 1) {
      throw Failure.badArguments("snapshot status requires exactly one argument");
    }
    read(invocation, SnapshotCommands::status);
  }

  private static void hash(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() != 1) {
      throw Failure.badArguments("hashkv requires exactly one argument");
    }
    long revision = invocation.flags().number("rev");
    read(invocation, file -> BackupHash.of(file, revision));
  }

  /// What is to be known of a saved file.
  @FunctionalInterface
  private interface Question {
    Answer about(BoltFile file) throws Failure;
  }

  private static void read(Invocation invocation, Question question) throws Failure, IOException {
    String name = invocation.argument(0);
    Path path = Path.of(name);
    if (!Files.exists(path)) {
      throw Failure.error("stat " + name + ": no such file or directory");
    }
    try (BackupReader file = BackupReader.open(path)) {
      file.checkHash();
      invocation.print(question.about(BoltFile.open(file)));
    } catch (DamagedBoltException e) {
      throw Failure.error(name + ": " + e.getMessage());
    }
  }

  /// Walks everything, so that damage shows. The hash covers the buckets' names and all they hold,
  /// in order; the keys counted are those of all buckets, as etcdctl does.
  private static Answer.DatabaseStatus status(BoltFile file) {
    var hash = new CRC32C();
    long keys = 0;
    long revision = 0;
    for (String bucket : file.buckets()) {
      hash.update(bucket.getBytes(StandardCharsets.UTF_8));
      try (BoltEntries entries = file.entries(bucket)) {
        while (entries.next()) {
          hash.update(entries.key());
          hash.update(entries.value());
          keys++;
          if (bucket.equals(KEYS) && entries.key().length >= Long.BYTES) {
            revision = ByteBuffer.wrap(entries.key()).getLong();
          }
        }
      }
    }
    return new Answer.DatabaseStatus(hash.getValue(), revision, keys, file.usedBytes());
  }

  private static void restore(Invocation invocation) throws Failure, IOException {
    if (invocation.arguments().size() != 1) {
      throw Failure.badArguments("snapshot restore requires exactly one argument");
    }
    RestoreProgram.run(invocation, RESTORE_FLAGS, invocation.argument(0));
  }
}
