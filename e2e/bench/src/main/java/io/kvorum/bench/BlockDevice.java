package io.kvorum.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The disk that a folder is on, and what it has been given to write.
///
/// What the kernel counts for a process is of no use here: it takes a whole folio of the page
/// cache, up to hundreds of kilobytes, for each write into one, however small, and however little
/// of it goes to the disk.
final class BlockDevice {

  private static final int SECTOR_BYTES = 512;

  /// Of the fields of a device's `stat`: sectors written.
  private static final int WRITTEN_SECTORS = 6;

  private final Path stat;

  private BlockDevice(Path stat) {
    this.stat = stat;
  }

  /// Empty for a file system without a device of its own, as one in memory.
  static Optional<BlockDevice> of(Path folder) {
    try {
      long device = ((Number) Files.getAttribute(folder, "unix:dev")).longValue();
      // As glibc packs them.
      long major = ((device >>> 8) & 0xfff) | ((device >>> 32) & ~0xfffL);
      long minor = (device & 0xff) | ((device >>> 12) & ~0xffL);
      Path stat = Path.of("/sys/dev/block/%d:%d/stat".formatted(major, minor));
      return Files.isReadable(stat) ? Optional.of(new BlockDevice(stat)) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look at " + folder, e);
    }
  }

  /// By everybody, since the machine was started.
  long writtenBytes() {
    try {
      String[] fields = Files.readString(stat).strip().split("\\s+", -1);
      return Long.parseLong(fields[WRITTEN_SECTORS]) * SECTOR_BYTES;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + stat, e);
    }
  }
}
