package io.kvorum.node.server.bootstrap;

import io.kvorum.node.server.config.StartFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// A directory's lock: held by one living process, gone with it, however it ends. The file holds
/// the process id for whoever is refused.
final class DirectoryLock implements AutoCloseable {

  private static final int MAX_PID_DIGITS = 20;

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  static DirectoryLock acquire(Path directory) throws IOException {
    Path file = directory.resolve("LOCK");
    // Never opened again while it is held: closing any other channel of the file would drop the
    // lock.
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    if (lock(channel) == null) {
      String holder = read(channel);
      channel.close();
      throw StartFailure.configuration(
          "directory "
              + directory
              + " is in use by process "
              + (holder.isEmpty() ? "(unknown)" : holder)
              + ": stop it, or start this member with its own --data-dir (and --wal-dir)");
    }
    channel.truncate(0);
    String pid = ProcessHandle.current().pid() + "\n";
    channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
    return new DirectoryLock(channel);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      return null;
    }
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_PID_DIGITS);
    channel.read(bytes, 0);
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII).strip();
  }
}
