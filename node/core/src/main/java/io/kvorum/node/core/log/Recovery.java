package io.kvorum.node.core.log;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.raft.HardState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Finds out what the segments hold. It changes nothing on disk.
///
/// Each header names the segment before it, where that one ends and the CRC it ends with; so the
/// newest segment leads back, segment by segment, to the one where the log begins or up to which it
/// was compacted. Whatever lies beside this chain, in files or behind the end of one, is dead. All
/// of a segment that has a successor was durable, so each flaw in it is damage.
///
/// In the newest segment the log ends with the first record that is not whole. If any record head
/// behind it proves that the log had been durable beyond that place, this is damage; else it is the
/// torn remainder of a write that was never acknowledged.
final class Recovery {

  private static final int WINDOW_BYTES = 1 << 20;

  private final SegmentFiles files;
  private final LogIdentity identity;
  private final TreeMap<Long, SegmentFile> found = new TreeMap<>();
  private final ArrayList<Chained> chain = new ArrayList<>();

  /// Results of the scan.
  final Contents contents;

  final List<Segment> segments = new ArrayList<>();
  HardState hardState;
  DiskOffset end;
  int endCrc;
  Optional<Recovered.TornTail> tornTail = Optional.empty();

  private record Chained(SegmentHeader header, int crc, SegmentFile file) {}

  Recovery(SegmentFiles files, LogOptions options, LogIdentity identity) {
    this.files = files;
    this.identity = identity;
    for (String name : files.names()) {
      if (Segment.isName(name)) {
        found.put(Segment.number(name), files.open(name));
      }
    }
    if (found.isEmpty()) {
      throw new DamagedLogException(files.path(), 0, "there is no segment");
    }
    followChain();
    checkLength(chain.getLast());
    Chained oldest = chain.getFirst();
    contents = new Contents(oldest.header.start(), options.recentBytes());
    hardState = oldest.header.hardState();
    end = new DiskOffset(oldest.header.segment(), SegmentHeader.BYTES);
    endCrc = oldest.crc;
    for (int i = 0; i < chain.size(); i++) {
      Chained next = i + 1 < chain.size() ? chain.get(i + 1) : null;
      scan(chain.get(i), next);
    }
    Invariant.check(
        hardState.commit() <= contents.lastIndex(),
        "the commit index of a recovered log lies in it",
        hardState.commit(),
        contents.lastIndex());
  }

  /// The header of the newest segment.
  SegmentHeader newestHeader() {
    return chain.getLast().header;
  }

  /// The highest number that a segment file bears.
  long highestNumber() {
    return found.lastKey();
  }

  /// The files that are not part of the log any more, oldest first.
  List<Segment> dead() {
    var dead = new ArrayList<Segment>();
    found.forEach((number, file) -> {
      if (segments.stream().noneMatch(segment -> segment.number == number)) {
        dead.add(new Segment(number, file, 0));
      }
    });
    return dead;
  }

  private void followChain() {
    long number = found.lastKey();
    Long wanted = number;
    while (wanted != null) {
      Chained segment = readHeader(wanted);
      chain.addFirst(segment);
      wanted = predecessor(segment.header);
    }
  }

  /// A segment is made at its full length, and cut to what it holds once another one follows: a
  /// newest one that is shorter has lost its end, or the segments behind it.
  private static void checkLength(Chained newest) {
    long size = newest.file.size();
    if (size < newest.header.fileBytes()) {
      throw new DamagedLogException(
          newest.file.path(),
          size,
          "the file ends here, but it was made %d bytes long: its end, or a segment behind it, is lost"
              .formatted(newest.header.fileBytes()));
    }
  }

  private @Nullable Long predecessor(SegmentHeader header) {
    if (header.beginsLog()) {
      return null;
    }
    long previous = header.previous().segment();
    if (found.containsKey(previous)) {
      return previous;
    }
    if (found.lowerKey(previous) != null) {
      throw new DamagedLogException(
          files.path() + "/" + Segment.name(previous), 0, "the segment is missing between others");
    }
    return null;
  }

  private Chained readHeader(long number) {
    SegmentFile file = Objects.requireNonNull(found.get(number));
    var block = ByteBuffer.allocate(SegmentHeader.BYTES);
    file.read(0, block);
    return switch (SegmentHeader.decode(block.flip())) {
      case SegmentHeader.Reading.Unreadable() ->
          throw new DamagedLogException(file.path(), 0, "the segment's header is unreadable");
      case SegmentHeader.Reading.Newer(int version) ->
          throw new RefusedLogException(
              RefusedLogException.Reason.NEWER_FORMAT,
              "the log %s has format version %d; this program knows versions up to %d: start the newer program again"
                  .formatted(file.path(), version, SegmentHeader.FORMAT_VERSION));
      case SegmentHeader.Reading.Valid(SegmentHeader header, int crc) -> {
        checkBelongs(header, number, file);
        yield new Chained(header, crc, file);
      }
    };
  }

  private void checkBelongs(SegmentHeader header, long number, SegmentFile file) {
    if (!header.identity().equals(identity)) {
      throw new RefusedLogException(
          RefusedLogException.Reason.NOT_OURS,
          "the log %s belongs to %s, but this is %s"
              .formatted(file.path(), header.identity(), identity));
    }
    if (header.segment() != number) {
      throw new DamagedLogException(
          file.path(), 0, "the file holds segment " + Segment.name(header.segment()));
    }
    if (!chain.isEmpty() && header.salt() != chain.getFirst().header.salt()) {
      throw new DamagedLogException(
          file.path(), 0, "the segment is from another log than the ones behind it");
    }
  }

  private void scan(Chained segment, @Nullable Chained next) {
    long number = segment.header.segment();
    segments.add(new Segment(number, segment.file, contents.lastIndex() + 1));
    int limit = next != null ? next.header.previous().offset() : (int) segment.file.size();
    var cursor =
        new RecordCursor(
            segment.file, number, segment.header.salt(), SegmentHeader.BYTES, limit, WINDOW_BYTES);
    endCrc = segment.crc;
    while (cursor.next() && cursor.head().previousCrc() == endCrc) {
      endCrc = cursor.head().crc();
      take(cursor, number);
    }
    end = new DiskOffset(number, cursor.offset());
    if (next == null) {
      checkTail(cursor, segment.file);
    } else if (cursor.offset() != limit || endCrc != next.header.previousCrc()) {
      throw new DamagedLogException(
          segment.file.path(),
          cursor.offset(),
          "no valid record, but the log goes on in " + Segment.name(next.header.segment()));
    }
  }

  private void take(RecordCursor cursor, long segment) {
    BatchHead head = cursor.head();
    hardState = head.hardState();
    if (head.entries() == 0) {
      return;
    }
    Invariant.check(
        head.firstIndex() <= contents.lastIndex() + 1,
        "a record leaves a gap behind entry",
        contents.lastIndex(),
        head.firstIndex());
    if (head.firstIndex() <= contents.lastIndex()) {
      contents.truncateFrom(head.firstIndex(), head.previousTerm());
      for (Segment earlier : segments) {
        earlier.firstIndex = Math.min(earlier.firstIndex, head.firstIndex());
      }
    }
    BatchBuffer.decode(
        head,
        cursor.body(),
        (index, term, type, body, length) -> {
          contents.add(BatchBuffer.entry(index, term, type, body, length));
          return true;
        });
    contents.mark(head.firstIndex(), new DiskOffset(segment, cursor.offset()));
    contents.trimRecent();
  }

  private void checkTail(RecordCursor cursor, SegmentFile file) {
    boolean torn = cursor.headStands();
    for (BatchHead head = cursor.nextHeadAnywhere();
        head != null;
        head = cursor.nextHeadAnywhere()) {
      torn = true;
      if (head.durable().isBehind(end)) {
        throw new DamagedLogException(
            file.path(),
            end.offset(),
            "no valid record, but a later one at offset %d proves that the log had been durable up to offset %d"
                .formatted(cursor.offset(), head.durable().offset()));
      }
    }
    if (torn) {
      tornTail = Optional.of(new Recovered.TornTail(file.path(), end.offset()));
    }
  }
}
