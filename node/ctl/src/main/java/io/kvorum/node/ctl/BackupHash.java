package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.kvorum.node.core.bolt.BoltEntries;
import io.kvorum.node.core.bolt.BoltFile;
import io.kvorum.node.core.bolt.DamagedBoltException;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/// The checksum that a member with the content of a backup would give as its HashKV: over all
/// versions up to a revision, and of what lies at or below the compact revision only what is still
/// visible. It takes the memory of all keys, each once.
final class BackupHash {

  private static final String KEYS = "key";
  private static final byte[] BUCKET = KEYS.getBytes(StandardCharsets.US_ASCII);

  /// Main revision, a separator, sub revision; a tombstone has a letter behind them.
  private static final int REVISION_BYTES = 17;

  private final BoltFile file;
  private final long compactRevision;
  private final long newest;

  /// A place in history.
  private record Revision(long main, long sub) {

    static Revision of(byte[] entry) {
      if (entry.length < REVISION_BYTES) {
        throw new DamagedBoltException("a revision of %d bytes".formatted(entry.length));
      }
      ByteBuffer bytes = ByteBuffer.wrap(entry);
      return new Revision(bytes.getLong(0), bytes.getLong(Long.BYTES + 1));
    }
  }

  private BackupHash(BoltFile file) {
    this.file = file;
    compactRevision = compactRevision(file);
    newest = Math.max(newest(file), Math.max(compactRevision, 1));
  }

  /// Hashes a database up to a revision; 0 is the newest.
  static Answer.BackupHash of(BoltFile file, long revision) throws Failure {
    var backup = new BackupHash(file);
    if (revision > backup.newest) {
      throw Failure.error("mvcc: required revision is a future revision");
    }
    if (revision > 0 && revision < backup.compactRevision) {
      throw Failure.error("mvcc: required revision has been compacted");
    }
    long upTo = revision == 0 ? backup.newest : revision;
    return new Answer.BackupHash(backup.hash(upTo), upTo, backup.compactRevision);
  }

  private long hash(long upTo) {
    Map<ByteString, Revision> visible = visible(upTo);
    if (visible.isEmpty()) {
      visible = visible(compactRevision);
    }
    var hash = new CRC32C();
    hash.update(BUCKET);
    try (BoltEntries entries = file.entries(KEYS)) {
      while (entries.next()) {
        Revision at = Revision.of(entries.key());
        boolean counts =
            at.main() > compactRevision
                || (!isTombstone(entries) && at.equals(visible.get(key(entries))));
        if (at.main() <= upTo && counts) {
          hash.update(entries.key());
          hash.update(entries.value());
        }
      }
    }
    return hash.getValue();
  }

  /// The keys at a revision, each with the place of its version.
  private Map<ByteString, Revision> visible(long revision) {
    var visible = new HashMap<ByteString, Revision>();
    try (BoltEntries entries = file.entries(KEYS)) {
      while (entries.next()) {
        Revision at = Revision.of(entries.key());
        if (at.main() > revision) {
          break;
        }
        if (isTombstone(entries)) {
          visible.remove(key(entries));
        } else {
          visible.put(key(entries), at);
        }
      }
    }
    return visible;
  }

  private static boolean isTombstone(BoltEntries entries) {
    return entries.key().length > REVISION_BYTES;
  }

  private static ByteString key(BoltEntries entries) {
    try {
      return KeyValue.parseFrom(entries.value()).getKey();
    } catch (InvalidProtocolBufferException e) {
      throw new DamagedBoltException("a version that is none: " + e.getMessage());
    }
  }

  private static long newest(BoltFile file) {
    long newest = 0;
    try (BoltEntries entries = file.entries(KEYS)) {
      while (entries.next()) {
        newest = Revision.of(entries.key()).main();
      }
    }
    return newest;
  }

  /// -1 before the first compaction, as members say it.
  private static long compactRevision(BoltFile file) {
    long found = -1;
    try (BoltEntries entries = file.entries("meta")) {
      while (entries.next()) {
        String name = new String(entries.key(), StandardCharsets.US_ASCII);
        if (name.equals("scheduledCompactRev") || name.equals("finishedCompactRev")) {
          found = Math.max(found, Revision.of(entries.value()).main());
        }
      }
    }
    return found;
  }
}
