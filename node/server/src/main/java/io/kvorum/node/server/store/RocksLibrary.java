package io.kvorum.node.server.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;

/// RocksDB's native code.
///
/// It comes in a jar and is loaded from a file, which is deleted at once: left to the end of the
/// process it would stay behind whenever that is killed, and a member that is killed again and
/// again would fill the disk with copies.
final class RocksLibrary {
  private static boolean loaded;

  private RocksLibrary() {}

  /// Loads it, the first time.
  ///
  /// @throws StoreFailure if the folder for temporary files takes no library
  static synchronized void load() {
    if (loaded) {
      return;
    }
    try {
      Path folder = Files.createTempDirectory("kvorum-rocksdb");
      try {
        NativeLibraryLoader.getInstance().loadLibrary(folder.toString());
      } finally {
        delete(folder);
      }
    } catch (IOException | RuntimeException | UnsatisfiedLinkError e) {
      throw new StoreFailure(
          StoreFailure.Kind.FAILED_DISK,
          "load RocksDB's library from the folder for temporary files, "
              + System.getProperty("java.io.tmpdir")
              + ": "
              + e.getMessage()
              + "; it must be writable, not mounted noexec, and have 20 MB of room; another one is"
              + " named by JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=FOLDER",
          e);
    }
    RocksDB.loadLibrary();
    loaded = true;
  }

  private static void delete(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> listed = Files.list(folder)) {
      files = listed.toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
    Files.delete(folder);
  }
}
