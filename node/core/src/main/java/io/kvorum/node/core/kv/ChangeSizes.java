package io.kvorum.node.core.kv;

import io.kvorum.node.core.kv.KvStore.Space;

/// A walk over the same changes as a `HistoryWalk`, for a caller who adds up how long they are. It
/// takes them as they lie, in the order of their keys, and leaves the values where they are.
public final class ChangeSizes implements WalkedChange, AutoCloseable {

  /// The numbers in front of a value: five varints of ten bytes or less.
  private static final int HEAD_BYTES = 50;

  private static final int INITIAL_KEY_BYTES = 64;

  private final KvStore.Cursor live;
  private final KvStore.Cursor versions;
  private boolean isInVersions;
  private final byte[] head = new byte[HEAD_BYTES];
  private byte[] key = new byte[INITIAL_KEY_BYTES];

  private long main;
  private int sub;
  private boolean isDeletion;
  private long create;
  private long version;
  private long lease;
  private int keyLength;
  private int valueLength;

  ChangeSizes(KvStore.Reader reader) {
    live = reader.passing(Space.LIVE);
    versions = reader.passing(Space.VERSIONS);
  }

  /// Moves to the next change; false when there is none.
  public boolean next() {
    if (!isInVersions && live.next()) {
      readLive();
      return true;
    }
    isInVersions = true;
    if (versions.next()) {
      readVersion();
      return true;
    }
    return false;
  }

  private void readLive() {
    keyLength = live.key(Rows.NOTHING, 0);
    int length = live.value(head, 0);
    var row = new ByteReader(head);
    main = row.varint();
    sub = (int) row.varint();
    readRest(row, length);
  }

  private void readVersion() {
    int length = versions.key(key, 0);
    if (length > key.length) {
      key = new byte[length];
      length = versions.key(key, 0);
    }
    keyLength = Rows.userKeyLength(key, length);
    main = Rows.versionMain(key, length);
    sub = Rows.versionSub(key, length);
    readRest(new ByteReader(head), versions.value(head, 0));
  }

  private void readRest(ByteReader row, int rowLength) {
    isDeletion = rowLength == 0;
    create = isDeletion ? 0 : row.varint();
    version = isDeletion ? 0 : row.varint();
    lease = isDeletion ? 0 : row.varint();
    valueLength = isDeletion ? 0 : rowLength - row.position();
  }

  @Override
  public long main() {
    return main;
  }

  @Override
  public int sub() {
    return sub;
  }

  @Override
  public boolean isDeletion() {
    return isDeletion;
  }

  @Override
  public long createRevision() {
    return create;
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public long lease() {
    return lease;
  }

  @Override
  public int keyLength() {
    return keyLength;
  }

  @Override
  public int valueLength() {
    return valueLength;
  }

  @Override
  public void close() {
    live.close();
    versions.close();
  }
}
