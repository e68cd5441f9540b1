package io.kvorum.node.server.backup;

import io.kvorum.node.core.bolt.BoltFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/// A backup on the disk: a database, and behind it the SHA-256 of it unless it was copied out of a
/// data directory.
final class BackupFile implements BoltFile.Source, AutoCloseable {

  /// A database is a multiple of this, so a remainder of 32 is a hash.
  private static final int UNIT_BYTES = 512;

  private static final int HASH_BYTES = 32;
  private static final int BUFFER_BYTES = 1 << 20;

  private final FileChannel channel;
  private final long databaseBytes;
  private final boolean hashed;

  private BackupFile(FileChannel channel, long databaseBytes, boolean hashed) {
    this.channel = channel;
    this.databaseBytes = databaseBytes;
    this.hashed = hashed;
  }

  static BackupFile open(Path path) throws IOException {
    FileChannel channel = FileChannel.open(path);
    long size = channel.size();
    boolean hashed = size % UNIT_BYTES == HASH_BYTES;
    return new BackupFile(channel, hashed ? size - HASH_BYTES : size, hashed);
  }

  /// Fails unless the hash is there and right.
  void requireHash() throws IOException {
    if (!hashed) {
      throw new DamagedBackupException(
          "snapshot missing hash but --skip-hash-check=false: it was cut off, or copied from a data"
              + " directory");
    }
    var expected = new byte[HASH_BYTES];
    readFully(databaseBytes, expected);
    byte[] found = hash();
    if (!Arrays.equals(expected, found)) {
      throw new DamagedBackupException(
          "expected sha256 %s, got %s".formatted(hex(expected), hex(found)));
    }
  }

  private byte[] hash() throws IOException {
    MessageDigest digest = Backups.sha256();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    for (long at = 0; at < databaseBytes; at += buffer.limit()) {
      buffer.clear().limit((int) Math.min(BUFFER_BYTES, databaseBytes - at));
      fill(buffer, at);
      digest.update(buffer.flip());
    }
    return digest.digest();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public long sizeBytes() {
    return databaseBytes;
  }

  @Override
  public void read(long offset, byte[] into) {
    try {
      readFully(offset, into);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void readFully(long offset, byte[] into) throws IOException {
    fill(ByteBuffer.wrap(into), offset);
  }

  private void fill(ByteBuffer buffer, long offset) throws IOException {
    int start = buffer.position();
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, offset + buffer.position() - start) < 0) {
        throw new IOException("the file ends early, at " + (offset + buffer.position()));
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
