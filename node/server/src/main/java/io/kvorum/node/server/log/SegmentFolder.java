package io.kvorum.node.server.log;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.kvorum.node.core.log.DiskFailedException;
import io.kvorum.node.core.log.DiskFullException;
import io.kvorum.node.core.log.SegmentFile;
import io.kvorum.node.core.log.SegmentFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// A folder of the file system. Threads that use its files must not be interrupted: Java closes the
/// file under a thread that is.
public final class SegmentFolder implements SegmentFiles {

  private final Path folder;

  /// The folder must exist.
  public SegmentFolder(Path folder) {
    this.folder = folder;
  }

  @Override
  public String path() {
    return folder.toString();
  }

  @Override
  public List<String> names() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw failure("list", folder, e);
    }
  }

  @Override
  public SegmentFile create(String name) {
    return open("create", name, READ, WRITE, CREATE_NEW);
  }

  @Override
  public SegmentFile open(String name) {
    return open("open", name, READ, WRITE);
  }

  private OpenFile open(String operation, String name, OpenOption... options) {
    Path file = folder.resolve(name);
    try {
      return new OpenFile(file, FileChannel.open(file, options));
    } catch (IOException e) {
      throw failure(operation, file, e);
    }
  }

  @Override
  public void rename(SegmentFile file, String name) {
    var open = (OpenFile) file;
    Path to = folder.resolve(name);
    try {
      if (Files.exists(to)) {
        throw new FileAlreadyExistsException(to.toString());
      }
      Files.move(open.path, to);
      open.path = to;
    } catch (IOException e) {
      throw failure("rename to " + name, open.path, e);
    }
  }

  @Override
  public void remove(SegmentFile file) {
    var open = (OpenFile) file;
    try {
      open.close();
      Files.delete(open.path);
    } catch (IOException e) {
      throw failure("remove", open.path, e);
    }
  }

  @Override
  public void syncDirectory() {
    try (FileChannel channel = FileChannel.open(folder, READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw failure("sync", folder, e);
    }
  }

  private static final class OpenFile implements SegmentFile {
    private final FileChannel channel;

    /// Changed by a renaming, while another thread may read it for a message.
    private volatile Path path;

    OpenFile(Path path, FileChannel channel) {
      this.path = path;
      this.channel = channel;
    }

    @Override
    public String name() {
      return path.getFileName().toString();
    }

    @Override
    public String path() {
      return path.toString();
    }

    @Override
    public long size() {
      try {
        return channel.size();
      } catch (IOException e) {
        throw failure("find the size of", path, e);
      }
    }

    @Override
    public void write(long offset, ByteBuffer bytes) {
      try {
        for (long at = offset; bytes.hasRemaining(); ) {
          at += channel.write(bytes, at);
        }
      } catch (IOException e) {
        throw failure("write", path, e);
      }
    }

    @Override
    public int read(long offset, ByteBuffer into) {
      try {
        int total = 0;
        while (into.hasRemaining()) {
          int count = channel.read(into, offset + total);
          if (count < 0) {
            break;
          }
          total += count;
        }
        return total;
      } catch (IOException e) {
        throw failure("read", path, e);
      }
    }

    @Override
    public void sync() {
      try {
        channel.force(false);
      } catch (IOException e) {
        throw failure("sync", path, e);
      }
    }

    @Override
    public void truncate(long size) {
      try {
        channel.truncate(size);
      } catch (IOException e) {
        throw failure("truncate", path, e);
      }
    }

    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw failure("close", path, e);
      }
    }
  }

  private static DiskFailedException failure(String operation, Path path, IOException e) {
    if (isFull(e)) {
      return new DiskFullException(operation, path.toString(), e);
    }
    String reason =
        switch (e) {
          case AccessDeniedException _ ->
              "permission denied; it must belong to the user of this process";
          case NoSuchFileException _ -> "no such file";
          case FileAlreadyExistsException _ -> "it exists already";
          case FileSystemException named when named.getReason() != null -> named.getReason();
          default -> String.valueOf(e.getMessage());
        };
    return new DiskFailedException(operation, path.toString(), reason, e);
  }

  /// Java has no type for a full disk; the text is the C library's.
  private static boolean isFull(IOException e) {
    String text = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return text.contains("no space left") || text.contains("quota exceeded");
  }
}
