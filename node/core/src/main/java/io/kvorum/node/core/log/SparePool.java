package io.kvorum.node.core.log;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Files that wait to become segments: made of zeroes step by step, ahead of need, or recycled.
/// Their blocks are allocated and written, which is what makes a later write and sync cheap.
///
/// One thread takes files, one (perhaps another) prepares and recycles them.
final class SparePool {

  private static final String SUFFIX = ".spare";

  /// How much a step writes and syncs: little enough to leave the disk to the log in between.
  private static final int STEP_BYTES = 4 << 20;

  private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(256 << 10).asReadOnlyBuffer();

  private final SegmentFiles files;
  private final LogOptions options;
  private final ArrayDeque<SegmentFile> ready = new ArrayDeque<>();
  private final ArrayDeque<SegmentFile> unfinished = new ArrayDeque<>();
  private long nextNumber = 1;

  /// Adopts the spare files that stand in the folder.
  SparePool(SegmentFiles files, LogOptions options) {
    this.files = files;
    this.options = options;
    for (String name : files.names()) {
      if (name.endsWith(SUFFIX)) {
        adopt(files.open(name));
      }
    }
    if (!ready.isEmpty()) {
      // Whoever recycled them may have ended before their names were durable. A segment's header
      // written into a file that bears the name of another again would be damage.
      files.syncDirectory();
    }
  }

  private void adopt(SegmentFile file) {
    nextNumber = Math.max(nextNumber, number(file.name()) + 1);
    if (file.size() == options.segmentBytes()
        && ready.size() < Math.max(1, options.spareSegments())) {
      ready.add(file);
    } else {
      files.remove(file);
    }
  }

  private static long number(String name) {
    try {
      return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()), 16);
    } catch (NumberFormatException _) {
      return 0;
    }
  }

  /// A file of at least that many bytes: a ready one, or a small one made now.
  SegmentFile take(int minimumBytes) {
    SegmentFile file = minimumBytes <= options.segmentBytes() ? poll() : null;
    if (file == null) {
      file = files.create(nextName());
      fill(file, Math.max(minimumBytes, options.firstSegmentBytes()));
    }
    return file;
  }

  private synchronized @Nullable SegmentFile poll() {
    return ready.poll();
  }

  private synchronized String nextName() {
    return "%016x".formatted(nextNumber++) + SUFFIX;
  }

  private synchronized boolean wantsMore(int atMost) {
    return ready.size() < atMost;
  }

  /// Takes in a file that is no segment any more.
  void recycle(SegmentFile file) {
    if (file.size() == options.segmentBytes() && wantsMore(options.spareSegments())) {
      files.rename(file, nextName());
      files.syncDirectory();
      add(file);
    } else {
      files.remove(file);
      files.syncDirectory();
    }
  }

  private synchronized void add(SegmentFile file) {
    ready.add(file);
  }

  /// Does a step of work on the next spare file, unless one is ready.
  ///
  /// @return whether there is more to do
  boolean prepareStep() {
    if (!wantsMore(1)) {
      return false;
    }
    if (unfinished.isEmpty()) {
      unfinished.add(files.create(nextName()));
    }
    SegmentFile file = unfinished.getFirst();
    fill(file, (int) Math.min(options.segmentBytes(), file.size() + STEP_BYTES));
    file.sync();
    if (file.size() == options.segmentBytes()) {
      add(unfinished.removeFirst());
      return false;
    }
    return true;
  }

  /// Gives up the file under preparation, so that its space is free again.
  void abandonUnfinished() {
    while (!unfinished.isEmpty()) {
      files.remove(unfinished.removeFirst());
    }
  }

  private static void fill(SegmentFile file, int size) {
    for (long at = file.size(); at < size; ) {
      ByteBuffer zeroes = ZEROES.duplicate().limit((int) Math.min(ZEROES.capacity(), size - at));
      at += zeroes.remaining();
      file.write(at - zeroes.remaining(), zeroes);
    }
  }

  void close() {
    ready.forEach(SegmentFile::close);
    unfinished.forEach(SegmentFile::close);
  }
}
