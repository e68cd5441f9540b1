package io.kvorum.localkube;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Makes sure that one process at a time runs a state folder. The kernel frees the lock when its
/// holder dies; the file tells who holds it.
public final class FolderLock implements AutoCloseable {

  /// Somebody runs this folder already.
  public static final class Taken extends RuntimeException {
    private final long pid;

    Taken(Path file, long pid) {
      super("process " + pid + " holds " + file);
      this.pid = pid;
    }

    public long pid() {
      return pid;
    }
  }

  /// Files locked by this very process: closing a second channel on one would free its lock.
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;

  private FolderLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  static FolderLock take(Path file) {
    if (!HELD_HERE.add(file)) {
      throw new Taken(file, ProcessHandle.current().pid());
    }
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (tryLock(channel)) {
        byte[] pid = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8);
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(pid), 0);
        return new FolderLock(file, channel);
      }
      channel.close();
      HELD_HERE.remove(file);
      throw new Taken(file, pid(file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot lock " + file, e);
    }
  }

  /// Who runs the folder whose lock this is; empty when nobody does.
  public static OptionalLong holder(Path file) {
    if (!Files.exists(file)) {
      return OptionalLong.empty();
    }
    if (HELD_HERE.contains(file)) {
      return OptionalLong.of(ProcessHandle.current().pid());
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      return tryLock(channel) ? OptionalLong.empty() : OptionalLong.of(pid(file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look at the lock " + file, e);
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    FileLock lock = channel.tryLock();
    return lock != null;
  }

  private static long pid(Path file) throws IOException {
    String text = Files.readString(file).strip();
    return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
  }

  @Override
  public void close() {
    try {
      channel.truncate(0);
      channel.close();
      HELD_HERE.remove(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot release the lock of a state folder", e);
    }
  }
}
