package io.kvorum.node.core.log;

import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.MemberId;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// The fixed part of a batch record: one record is what one group commit writes. Big-endian:
///
/// ```
///   0  int   CRC of this head          32  long  term,
///   4  int   CRC of the body           40  long    vote and
///   8  int   CRC of the record before  48  long    commit, as of this batch
///  12  int   length of the body        56  long  index of the first entry
///  16  long  durable before this       64  long  term of the entry before it
///  24  int     batch was written       72  body
///  28  int   number of entries
/// ```
///
/// The head's CRC32C is seeded with the log's salt and the segment's number: what a recycled file
/// held in a former life, or a stored value that looks like a record, never validates. It covers
/// the body's CRC and the CRC of the record before, which makes the records a chain; because that
/// CRC is also stored, a record validates on its own when the one before it is damaged.
///
/// The body holds the entries, padded with zeroes to a multiple of eight bytes.
///
/// @param durable up to where the log was known to be durable before this batch was written. Damage
///   before it is damage to acknowledged data; damage behind every such offset is a torn tail
record BatchHead(
    int crc,
    int bodyCrc,
    int previousCrc,
    int bodyBytes,
    DiskOffset durable,
    int entries,
    HardState hardState,
    long firstIndex,
    long previousTerm) {

  static final int BYTES = 72;

  /// Records begin at multiples of this.
  static final int ALIGNMENT = 8;

  private static final int SEED_BYTES = 16;

  long lastIndex() {
    return firstIndex + entries - 1;
  }

  int recordBytes() {
    return BYTES + bodyBytes;
  }

  static int padded(int bytes) {
    return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /// Computes and sets the CRC of the head that stands at the offset, and returns it.
  static int seal(ByteBuffer buffer, int at, long salt, long segment) {
    int crc = headCrc(buffer, at, salt, segment);
    buffer.putInt(at, crc);
    return crc;
  }

  /// Whether a head stands at the offset that was written for this segment of this log. The cheap
  /// checks come first: recovery asks this for every aligned offset behind the end of the log.
  static boolean stands(ByteBuffer buffer, int at, long salt, long segment, int recordOffset) {
    int body = buffer.getInt(at + 12);
    long durableSegment = buffer.getLong(at + 16);
    int durableOffset = buffer.getInt(at + 24);
    return body >= 0
        && body % ALIGNMENT == 0
        && buffer.getInt(at + 28) >= 0
        && (durableSegment < segment
            || (durableSegment == segment && durableOffset <= recordOffset))
        && buffer.getInt(at) == headCrc(buffer, at, salt, segment);
  }

  static BatchHead decode(ByteBuffer buffer, int at) {
    return new BatchHead(
        buffer.getInt(at),
        buffer.getInt(at + 4),
        buffer.getInt(at + 8),
        buffer.getInt(at + 12),
        new DiskOffset(buffer.getLong(at + 16), buffer.getInt(at + 24)),
        buffer.getInt(at + 28),
        new HardState(
            buffer.getLong(at + 32),
            new MemberId(buffer.getLong(at + 40)),
            buffer.getLong(at + 48)),
        buffer.getLong(at + 56),
        buffer.getLong(at + 64));
  }

  /// The CRC of `length` bytes of a body.
  static int bodyCrc(ByteBuffer buffer, int at, int length) {
    var crc = new CRC32C();
    crc.update(buffer.slice(at, length));
    return (int) crc.getValue();
  }

  private static int headCrc(ByteBuffer buffer, int at, long salt, long segment) {
    var crc = new CRC32C();
    crc.update(ByteBuffer.allocate(SEED_BYTES).putLong(salt).putLong(segment).flip());
    crc.update(buffer.slice(at + Integer.BYTES, BYTES - Integer.BYTES));
    return (int) crc.getValue();
  }
}
