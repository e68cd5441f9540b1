package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;

/// A backup on its way to the disk: it has its name only once it is whole, its hash is right and it
/// would survive a loss of power. What does not get that far is removed.
final class BackupWriter implements AutoCloseable {

  private final Path file;
  private final Path part;
  private final FileChannel channel;
  private final MessageDigest digest = BackupReader.sha256();
  private final byte[] tail = new byte[BackupReader.HASH_BYTES];
  private long bytes;

  BackupWriter(Path file) throws Failure, IOException {
    this.file = file;
    part = file.resolveSibling(file.getFileName() + ".part");
    try {
      channel =
          FileChannel.open(
              part,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
    } catch (NoSuchFileException e) {
      throw Failure.of(
          ExitCode.INTERRUPTED,
          "could not open %s (open %s: no such file or directory)".formatted(part, part));
    }
  }

  /// Writes a piece. The last bytes of all may be the hash, so they wait for more.
  void write(ByteString piece) throws IOException {
    int before = (int) Math.min(bytes, tail.length);
    byte[] all = new byte[before + piece.size()];
    System.arraycopy(tail, 0, all, 0, before);
    piece.copyTo(all, before);
    int settled = Math.max(0, all.length - tail.length);
    digest.update(all, 0, settled);
    System.arraycopy(all, settled, tail, 0, all.length - settled);
    bytes += piece.size();
    for (ByteBuffer buffer : piece.asReadOnlyByteBufferList()) {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }
  }

  void finish() throws Failure, IOException {
    if (bytes % BackupReader.UNIT_BYTES != BackupReader.HASH_BYTES) {
      throw Failure.of(
          ExitCode.INTERRUPTED, "sha256 checksum not found [bytes: %d]".formatted(bytes));
    }
    byte[] found = digest.digest();
    if (!Arrays.equals(found, tail)) {
      throw Failure.of(ExitCode.INTERRUPTED, BackupReader.mismatch(tail, found));
    }
    channel.force(true);
    channel.close();
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel folder = FileChannel.open(file.toAbsolutePath().getParent())) {
      folder.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(part);
  }
}
