package io.kvorum.node.core.log;

import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.MemberId;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// The first block of a segment. It is durable before the segment bears its name, so an unreadable
/// header is damage and never a torn write. Big-endian:
///
/// ```
///   0  long  magic "KVORUMLG"          56  int   where the records of that segment end
///   8  int   format version            60  int   CRC of its last record (or header)
///  16  long  segment                   64  long  index and
///  24  long  cluster id                72  long    term of the entry before this segment
///  32  long  member id                 80  long  term,
///  40  long  salt                      88  long    vote and
///  48  long  the segment before        96  long    commit when the segment began
///            (0: the log begins here) 104  int   how long the file is (0: not noted)
///                                     508  int   CRC32C of all before it
/// ```
///
/// The frame (magic, version, CRC) is that of every version to come, so that a newer log is told
/// apart from a damaged one.
///
/// @param salt a secret number of the log, part of every record's checksum: a value that a client
///   stores can never pass for a record
/// @param previous the end of the segment before; segment 0 when the log begins here. Bytes of that
///   segment behind its end are dead for ever
/// @param fileBytes how long the file is as long as no other segment follows; 0 in logs that did
///   not note it
record SegmentHeader(
    long segment,
    LogIdentity identity,
    long salt,
    DiskOffset previous,
    int previousCrc,
    LogPosition start,
    HardState hardState,
    int fileBytes) {

  static final int BYTES = 512;
  static final int FORMAT_VERSION = 1;

  private static final long MAGIC = 0x4b564f52554d4c47L;
  private static final int CRC_OFFSET = BYTES - Integer.BYTES;

  /// What the first block of a file turned out to be.
  sealed interface Reading {
    record Valid(SegmentHeader header, int crc) implements Reading {}

    record Newer(int version) implements Reading {}

    record Unreadable() implements Reading {}
  }

  boolean beginsLog() {
    return previous.segment() == 0;
  }

  /// Writes the header's block at the buffer's start and returns its CRC, the first link of the
  /// segment's chain.
  int encode(ByteBuffer into) {
    into.clear().limit(BYTES);
    while (into.hasRemaining()) {
      into.putLong(0);
    }
    into.putLong(0, MAGIC)
        .putInt(8, FORMAT_VERSION)
        .putLong(16, segment)
        .putLong(24, identity.clusterId())
        .putLong(32, identity.memberId())
        .putLong(40, salt)
        .putLong(48, previous.segment())
        .putInt(56, previous.offset())
        .putInt(60, previousCrc)
        .putLong(64, start.index())
        .putLong(72, start.term())
        .putLong(80, hardState.term())
        .putLong(88, hardState.vote().value())
        .putLong(96, hardState.commit())
        .putInt(104, fileBytes);
    int crc = crc(into);
    into.putInt(CRC_OFFSET, crc);
    into.rewind();
    return crc;
  }

  static Reading decode(ByteBuffer block) {
    if (block.remaining() < BYTES
        || block.getLong(0) != MAGIC
        || block.getInt(CRC_OFFSET) != crc(block)) {
      return new Reading.Unreadable();
    }
    if (block.getInt(8) > FORMAT_VERSION) {
      return new Reading.Newer(block.getInt(8));
    }
    var header =
        new SegmentHeader(
            block.getLong(16),
            new LogIdentity(block.getLong(24), block.getLong(32)),
            block.getLong(40),
            new DiskOffset(block.getLong(48), block.getInt(56)),
            block.getInt(60),
            new LogPosition(block.getLong(72), block.getLong(64)),
            new HardState(block.getLong(80), new MemberId(block.getLong(88)), block.getLong(96)),
            block.getInt(104));
    return new Reading.Valid(header, block.getInt(CRC_OFFSET));
  }

  private static int crc(ByteBuffer block) {
    var crc = new CRC32C();
    crc.update(block.slice(0, CRC_OFFSET));
    return (int) crc.getValue();
  }
}
