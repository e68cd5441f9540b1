package io.kvorum.node.server.log;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.kvorum.node.core.log.LogIdentity;
import io.kvorum.node.core.log.LogOptions;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.EntryType;
import io.kvorum.node.core.raft.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// A measurement by hand: how many syncs a second the log does, beside the same number of bytes
/// written and synced to a zeroed file without any log. The two take turns, so that what else the
/// machine does falls on both.
///
/// Run its `main` with a folder on the disk to measure.
final class LogSpeed {

  private static final int ENTRY_BYTES = 300;
  private static final int TURNS = 10;
  private static final long TURN_NANOS = 500_000_000;
  private static final int RAW_FILE_BYTES = 64 << 20;
  private static final long KEPT_ENTRIES = 100_000;

  /// One sync.
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private LogSpeed() {}

  public static void main(String[] args) throws IOException {
    Path folder = Files.createTempDirectory(Path.of(args[0]), "log-speed");
    for (int batch : new int[] {1, 100, 1_000}) {
      measure(Files.createDirectory(folder.resolve("batch-" + batch)), batch);
    }
  }

  private static void measure(Path folder, int batch) throws IOException {
    Path logFolder = Files.createDirectory(folder.resolve("log"));
    var log = new ArrayList<Long>();
    var raw = new ArrayList<Long>();
    try (LogKeeper keeper =
            LogKeeper.create(
                logFolder, LogOptions.DEFAULT, new LogIdentity(1, 2), LogPosition.ZERO);
        FileChannel file = zeroedFile(folder.resolve("raw"))) {
      Step rawStep = rawStep(file, batch);
      Step logStep = logStep(keeper, batch);
      for (int turn = 0; turn < TURNS; turn++) {
        takeTurn(rawStep, raw);
        takeTurn(logStep, log);
      }
    }
    report("batch " + batch + ", raw", raw);
    report("batch " + batch + ", log", log);
  }

  private static FileChannel zeroedFile(Path path) throws IOException {
    FileChannel file = FileChannel.open(path, CREATE_NEW, WRITE);
    file.write(ByteBuffer.allocateDirect(RAW_FILE_BYTES), 0);
    file.force(true);
    return file;
  }

  private static Step rawStep(FileChannel file, int batch) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(batch * ENTRY_BYTES);
    long[] at = {0};
    return () -> {
      if (at[0] + bytes.capacity() > RAW_FILE_BYTES) {
        at[0] = 0;
      }
      at[0] += file.write(bytes.clear(), at[0]);
      file.force(false);
    };
  }

  private static Step logStep(LogKeeper keeper, int batch) {
    byte[] data = new byte[ENTRY_BYTES];
    new Random(1).nextBytes(data);
    return () -> {
      long last = keeper.log().lastIndex();
      List<Entry> entries = new ArrayList<>(batch);
      for (int i = 1; i <= batch; i++) {
        entries.add(new Entry(1, last + i, EntryType.COMMAND, data));
      }
      keeper.log().append(entries, null);
      keeper.log().sync();
      if (last > KEPT_ENTRIES) {
        keeper.log().compactTo(last - KEPT_ENTRIES);
      }
    };
  }

  private static void takeTurn(Step step, List<Long> nanos) throws IOException {
    for (long end = System.nanoTime() + TURN_NANOS; System.nanoTime() < end; ) {
      long began = System.nanoTime();
      step.run();
      nanos.add(System.nanoTime() - began);
    }
  }

  private static void report(String name, List<Long> nanos) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    double seconds = Arrays.stream(sorted).sum() / 1e9;
    System.out.printf(
        "%-16s %6.0f syncs/s  p50 %d us  p99 %d us%n",
        name,
        sorted.length / seconds,
        sorted[sorted.length / 2] / 1000,
        sorted[sorted.length * 99 / 100] / 1000);
  }
}
