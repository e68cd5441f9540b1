package io.kvorum.node.core.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What stands in the segments of a whole log, read without its recovery.
final class LogFiles {

  /// A header or a record.
  ///
  /// @param durable what it proves to have been durable before it
  /// @param head null for a header
  record Unit(
      String file,
      long segment,
      int offset,
      int bytes,
      DiskOffset durable,
      @Nullable BatchHead head) {}

  private LogFiles() {}

  /// The headers and records of all segment files, in the order of the files.
  static List<Unit> units(SimulatedDisk disk, long salt) {
    var units = new ArrayList<Unit>();
    for (String name : disk.names()) {
      if (Segment.isName(name)) {
        SegmentFile file = disk.open(name);
        var reading = SegmentHeader.decode(ByteBuffer.wrap(disk.content(name)));
        DiskOffset previous =
            reading instanceof SegmentHeader.Reading.Valid(SegmentHeader header, int _)
                ? header.previous()
                : new DiskOffset(0, 0);
        long segment = Segment.number(name);
        units.add(new Unit(name, segment, 0, SegmentHeader.BYTES, previous, null));
        int limit = (int) file.size();
        var cursor = new RecordCursor(file, segment, salt, SegmentHeader.BYTES, limit, 4096);
        while (cursor.next()) {
          BatchHead head = cursor.head();
          units.add(
              new Unit(name, segment, cursor.offset(), head.recordBytes(), head.durable(), head));
        }
      }
    }
    return units;
  }

  /// Up to where the log proves that it was durable.
  static DiskOffset proven(List<Unit> units) {
    DiskOffset proven = new DiskOffset(0, 0);
    for (Unit unit : units) {
      DiskOffset before =
          unit.head == null ? new DiskOffset(unit.segment, SegmentHeader.BYTES) : unit.durable;
      proven = before.isBehind(proven) ? before : proven;
    }
    return proven;
  }
}
