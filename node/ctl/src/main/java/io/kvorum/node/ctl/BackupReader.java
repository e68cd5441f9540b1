package io.kvorum.node.ctl;

import io.kvorum.node.core.bolt.BoltFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/// A backup that is read: a database, and behind it its SHA-256 unless it was copied out of a data
/// directory.
final class BackupReader implements BoltFile.Source, AutoCloseable {

  /// A database is a multiple of this, so a remainder of a hash's length is one.
  static final int UNIT_BYTES = 512;

  static final int HASH_BYTES = 32;

  private static final int BUFFER_BYTES = 1 << 20;

  private final FileChannel channel;
  private final long databaseBytes;
  private final boolean hashed;

  private BackupReader(FileChannel channel, long databaseBytes, boolean hashed) {
    this.channel = channel;
    this.databaseBytes = databaseBytes;
    this.hashed = hashed;
  }

  static BackupReader open(Path path) throws IOException {
    FileChannel channel = FileChannel.open(path);
    long size = channel.size();
    boolean hashed = size % UNIT_BYTES == HASH_BYTES;
    return new BackupReader(channel, hashed ? size - HASH_BYTES : size, hashed);
  }

  /// Fails when there is a hash and it is wrong.
  void checkHash() throws Failure {
    if (!hashed) {
      return;
    }
    MessageDigest digest = sha256();
    for (long at = 0; at < databaseBytes; at += BUFFER_BYTES) {
      var piece = new byte[(int) Math.min(BUFFER_BYTES, databaseBytes - at)];
      read(at, piece);
      digest.update(piece);
    }
    var expected = new byte[HASH_BYTES];
    read(databaseBytes, expected);
    byte[] found = digest.digest();
    if (!Arrays.equals(expected, found)) {
      throw Failure.error(mismatch(expected, found));
    }
  }

  static String mismatch(byte[] expected, byte[] found) {
    HexFormat hex = HexFormat.of();
    return "expected sha256 %s, got %s".formatted(hex.formatHex(expected), hex.formatHex(found));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public long sizeBytes() {
    return databaseBytes;
  }

  @Override
  public void read(long offset, byte[] into) {
    ByteBuffer buffer = ByteBuffer.wrap(into);
    try {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, offset + buffer.position()) < 0) {
          throw new IOException("the file ends early, at " + (offset + buffer.position()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
