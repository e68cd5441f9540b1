package io.kvorum.node.core.kv;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The port to where the state lives: ordered byte maps ("spaces"), written in atomic batches.
///
/// A write is visible at once and durable after a later flush. What survives a crash is the state
/// behind some whole batch, at or after the last flush: never a part of a batch, never one batch
/// without those before it.
///
/// Writers may be several threads, each batch on its own; a snapshot may be read by any. An
/// implementation reports a failing disk by an exception of its own, which nobody here catches.
public interface KvStore {

  /// The maps. Each is ordered by unsigned bytes.
  enum Space {
    /// User key → the newest version of every existing key.
    LIVE,
    /// Escaped user key and inverted revision → an overwritten version, or a tombstone.
    VERSIONS,
    /// Revision → what changed, without the value.
    HISTORY,
    /// Lease id → time to live.
    LEASE,
    /// Lease id and key → nothing.
    LEASE_KEYS,
    /// Applied index, revisions, alarms, records, key counts.
    META,
    /// The tree of API v2, see `V2Rows`.
    V2
  }

  /// Something that can be read: the store as it is, or as it was.
  interface Reader {

    byte @Nullable [] get(Space space, byte[] key);

    /// What asks for so many values at once has memory for them, however long they are; more gains
    /// little.
    int KEYS_AT_ONCE = 16;

    /// As `get` for each of the keys, in one go.
    List<byte @Nullable []> multiGet(Space space, List<byte[]> keys);

    /// A cursor before the first row at or above `from`. It ends before `to`, or with the space.
    Cursor cursor(Space space, byte[] from, byte @Nullable [] to);

    /// A cursor before the first row of the space, for who passes through most of it once: what it
    /// reads is not kept for others at the cost of what they need.
    default Cursor passing(Space space) {
      return cursor(space, new byte[0], null);
    }
  }

  /// A walk up one space, over the rows as they were when it was opened. To be closed by its user,
  /// before the snapshot it was opened on.
  interface Cursor extends AutoCloseable {

    /// Moves to the next row; false when there is none, however often it is asked.
    boolean next();

    /// Moves to the first row at or above the key; false when there is none. The target may lie
    /// behind or before the present row.
    boolean seek(byte[] key);

    /// The key of the row it stands on.
    byte[] key();

    /// The value of the row it stands on.
    byte[] value();

    /// Copies the key of the row it stands on into the array, from a place of it on, as far as
    /// there is room.
    ///
    /// @return how long the key is
    default int key(byte[] into, int at) {
      return copy(key(), into, at);
    }

    /// As `key`, for the value.
    default int value(byte[] into, int at) {
      return copy(value(), into, at);
    }

    private static int copy(byte[] bytes, byte[] into, int at) {
      System.arraycopy(bytes, 0, into, at, Math.min(bytes.length, into.length - at));
      return bytes.length;
    }

    @Override
    void close();
  }

  /// The state at one moment, shared by its readers. It is released when everybody who retained it
  /// has closed it.
  interface Snapshot extends Reader, AutoCloseable {

    /// Retains the snapshot once more, unless it is already released. Each success needs a `close`.
    boolean maybeRetain();

    @Override
    void close();
  }

  /// Changes that take effect together.
  interface Batch {

    void put(Space space, byte[] key, byte[] value);

    void delete(Space space, byte[] key);

    /// The bytes collected so far, to bound a batch by.
    int sizeBytes();
  }

  /// Reads what has been written by now; each call sees the newest state anew.
  Reader latest();

  Snapshot snapshot();

  Batch newBatch();

  /// Applies the batch, which must not be used again.
  void write(Batch batch);

  /// Makes every batch written so far durable, and returns when it is.
  void flush();

  /// The value that would be found if the process were killed and started again now: never newer
  /// than what is on the disk.
  byte @Nullable [] getPersisted(Space space, byte[] key);

  /// The bytes that the files take, what is not yet flushed included. Cheap enough for each
  /// request.
  long bytesOnDisk();

  /// Releases everything, after the last reader is done. Does not flush.
  void close();
}
