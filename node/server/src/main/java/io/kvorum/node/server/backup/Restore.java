package io.kvorum.node.server.backup;

import io.kvorum.node.core.bolt.BoltEntries;
import io.kvorum.node.core.bolt.BoltFile;
import io.kvorum.node.core.bolt.DamagedBoltException;
import io.kvorum.node.core.kv.Import;
import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.KvStore;
import io.kvorum.node.core.kv.Lease;
import io.kvorum.node.core.log.LogIdentity;
import io.kvorum.node.core.log.LogOptions;
import io.kvorum.node.server.MemberConfig;
import io.kvorum.node.server.bootstrap.DataDirectory;
import io.kvorum.node.server.bootstrap.RestoredMember;
import io.kvorum.node.server.config.ExitCode;
import io.kvorum.node.server.config.StartFailure;
import io.kvorum.node.server.log.LogKeeper;
import io.kvorum.node.server.snapshot.FirstEntries;
import io.kvorum.node.server.snapshot.StateHome;
import io.kvorum.node.server.store.StoreSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Turns a backup into the data directory of a member of a new cluster: keys, their history,
/// leases, users and roles as they were; members, ids and log anew. Alarms are left behind: they
/// name members that are no more.
///
/// The identity is written last. What an interrupted restore leaves is refused by a start.
public final class Restore {

  private final Options options;
  private final RestoredMember member;

  /// What the flags ask for.
  ///
  /// @param bumpRevision how many revisions to skip, so that no client has seen what follows
  /// @param markCompacted whether everything before is then compacted, which ends old watches
  /// @param leaseGraceSeconds how long no lease ends, whatever is left of it
  public record Options(
      Path backup,
      Path dataDirectory,
      Path logDirectory,
      boolean skipHashCheck,
      long bumpRevision,
      boolean markCompacted,
      long leaseGraceSeconds) {}

  /// What was restored.
  public record Restored(long keys, long leases, long revision, long compactRevision) {}

  public Restore(Options options, RestoredMember member) {
    this.options = options;
    this.member = member;
  }

  public Restored run() {
    try (BackupFile file = open()) {
      requireEmpty();
      if (!options.skipHashCheck()) {
        file.requireHash();
      }
      return restore(BoltFile.open(file));
    } catch (DamagedBackupException | DamagedBoltException damage) {
      throw new StartFailure(ExitCode.FATAL, options.backup() + ": " + damage.getMessage(), damage);
    } catch (IOException e) {
      throw new StartFailure(ExitCode.DISK_FAILED, "cannot read " + options.backup() + ": " + e, e);
    }
  }

  private BackupFile open() {
    try {
      return BackupFile.open(options.backup());
    } catch (IOException e) {
      throw new StartFailure(ExitCode.FATAL, "cannot open the backup: " + e, e);
    }
  }

  private void requireEmpty() {
    Path folder = options.dataDirectory();
    boolean empty = !Files.exists(folder);
    if (!empty) {
      try (Stream<Path> files = Files.list(folder)) {
        empty = files.findAny().isEmpty();
      } catch (IOException _) {
        empty = false;
      }
    }
    if (!empty) {
      throw StartFailure.configuration(
          "data-dir \"" + folder + "\" not empty or could not be read");
    }
  }

  private Restored restore(BoltFile file) {
    if (!file.buckets().contains(EtcdBuckets.KEY)) {
      throw new DamagedBackupException("there are no keys in it: this is no backup of a store");
    }
    try (DataDirectory directory =
        DataDirectory.open(options.dataDirectory(), options.logDirectory())) {
      MemberConfig.Folders folders = directory.folders();
      var home = new StateHome(folders.state(), StoreSettings.DEFAULT, _ -> {});
      Restored restored;
      try {
        restored = fill(file, home.current().store());
        FirstEntries.found(
            Kv.open(home.current().store()), home.current().store(), member.founders());
      } finally {
        home.close();
      }
      createLog(folders.log());
      directory.recordRestored(member.identity());
      return restored;
    }
  }

  private static byte @Nullable [] row(BoltFile file, String bucket, String key) {
    try (BoltEntries rows = file.entries(bucket)) {
      while (rows.next()) {
        if (Arrays.equals(rows.key(), EtcdBuckets.utf8(key))) {
          return rows.value();
        }
      }
    }
    return null;
  }

  private Restored fill(BoltFile file, KvStore store) {
    var filling = new Import(store);
    long skippedTo = addChanges(file, filling);
    Compaction found = compaction(file);
    List<Lease> leases = leases(file);
    addAccounts(file, filling);
    long keys = filling.keys();
    long revision = Math.max(Math.max(filling.revision(), skippedTo), found.scheduled());
    long bumped = Math.addExact(revision, options.bumpRevision());
    long compactRevision = options.markCompacted() ? bumped : found.scheduled();
    filling.finish(leases, bumped, new Import.Compacted(compactRevision, found.finished()));
    return new Restored(keys, leases.size(), bumped, compactRevision);
  }

  /// Adds the changes.
  ///
  /// @return the highest revision that only an empty row holds, see `EtcdBuckets`
  private static long addChanges(BoltFile file, Import filling) {
    long skippedTo = 1;
    try (BoltEntries rows = file.entries(EtcdBuckets.KEY)) {
      while (rows.next()) {
        if (rows.value().length == 0) {
          skippedTo = EtcdRows.main(rows.key());
        } else {
          filling.add(EtcdRows.change(rows.key(), rows.value()));
        }
      }
    }
    return skippedTo;
  }

  private static void addAccounts(BoltFile file, Import filling) {
    byte[] enabled = row(file, EtcdBuckets.AUTH, EtcdBuckets.AUTH_ENABLED);
    byte[] stored = row(file, EtcdBuckets.AUTH, EtcdBuckets.AUTH_REVISION);
    if (stored != null && stored.length != Long.BYTES) {
      throw new DamagedBackupException("an auth revision of %d bytes".formatted(stored.length));
    }
    long revision = stored == null ? 1 : Math.max(1, ByteBuffer.wrap(stored).getLong());
    filling.addAccounts(
        enabled != null && Arrays.equals(enabled, EtcdBuckets.ON),
        revision,
        values(file, EtcdBuckets.AUTH_USERS).stream()
            .map(value -> AccountRows.user(value, revision))
            .toList(),
        values(file, EtcdBuckets.AUTH_ROLES).stream().map(AccountRows::role).toList());
  }

  private static List<byte[]> values(BoltFile file, String bucket) {
    var values = new ArrayList<byte[]>();
    try (BoltEntries rows = file.entries(bucket)) {
      while (rows.next()) {
        values.add(rows.value());
      }
    }
    return values;
  }

  /// How far compaction had come; -1: no such thing.
  private record Compaction(long scheduled, long finished) {}

  private static Compaction compaction(BoltFile file) {
    long finished = revision(file, EtcdBuckets.FINISHED_COMPACTION);
    long scheduled = revision(file, EtcdBuckets.SCHEDULED_COMPACTION);
    return new Compaction(Math.max(scheduled, finished), finished);
  }

  private static long revision(BoltFile file, String name) {
    byte[] found = row(file, EtcdBuckets.META, name);
    return found == null ? -1 : EtcdRows.main(found);
  }

  private List<Lease> leases(BoltFile file) {
    var leases = new ArrayList<Lease>();
    try (BoltEntries rows = file.entries(EtcdBuckets.LEASE)) {
      while (rows.next()) {
        leases.add(withGrace(EtcdRows.lease(rows.value())));
      }
    }
    return leases;
  }

  private Lease withGrace(Lease lease) {
    return lease.effectiveSeconds() >= options.leaseGraceSeconds()
        ? lease
        : new Lease(lease.id(), lease.ttlSeconds(), options.leaseGraceSeconds());
  }

  private void createLog(Path folder) {
    var identity = new LogIdentity(member.identity().clusterId(), member.identity().memberId());
    LogKeeper.create(folder, LogOptions.DEFAULT, identity, FirstEntries.FOUNDED).close();
  }
}
