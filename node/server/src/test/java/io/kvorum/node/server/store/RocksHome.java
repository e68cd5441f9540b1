package io.kvorum.node.server.store;

import io.kvorum.node.core.kv.KvScript;
import io.kvorum.node.core.kv.KvStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.rocksdb.RocksDBException;

/// Stores of RocksDB in folders of their own. A crash leaves what is in the files at that moment:
/// the folder is copied as it lies, under the feet of the open store.
final class RocksHome implements KvScript.Home {

  static final StoreSettings SMALL = new StoreSettings(4 << 20, 1 << 20);

  private final Path folder;
  private int lives;

  RocksHome(Path folder) {
    this.folder = folder;
  }

  Path path() {
    return folder.resolve("life-" + lives);
  }

  @Override
  public KvStore open() {
    return RocksStore.open(path(), SMALL, _ -> {});
  }

  @Override
  public KvStore crash(KvStore store) {
    var rocks = (RocksStore) store;
    Path before = path();
    lives++;
    try {
      rocks.db().pauseBackgroundWork();
      copy(before, path());
      rocks.db().continueBackgroundWork();
    } catch (RocksDBException e) {
      throw new IllegalStateException("cannot pause", e);
    }
    rocks.close();
    return open();
  }

  static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.list(from)) {
      Files.createDirectories(to);
      for (Path file : files.toList()) {
        if (!String.valueOf(file.getFileName()).equals("LOCK")) {
          Files.copy(file, to.resolve(file.getFileName()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot copy " + from, e);
    }
  }
}
