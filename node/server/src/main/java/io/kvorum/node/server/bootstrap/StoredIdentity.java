package io.kvorum.node.server.bootstrap;

import io.kvorum.node.server.config.ExitCode;
import io.kvorum.node.server.config.StartFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;

/// Whose data a directory holds. Written before the log is, so that a directory with a log always
/// says whose it is.
///
/// @param stage how far the member has come
record StoredIdentity(long clusterId, long memberId, Stage stage) {

  enum Stage {
    /// The log may still be missing, and nobody has heard of this member.
    FORMING,
    /// The log is there, and others may have heard of this member.
    OPENED,
    /// The member is part of its cluster: the directory alone says how it goes on.
    FORMED
  }

  String encode() {
    String body =
        "cluster-id: %s\nmember-id: %s\nstage: %s\n"
            .formatted(
                MemberIds.text(clusterId),
                MemberIds.text(memberId),
                stage.name().toLowerCase(Locale.ROOT));
    return body + "crc32c: " + checksum(body) + "\n";
  }

  static StoredIdentity decode(Path file, String text) {
    List<String> lines = text.lines().toList();
    int end = text.indexOf("crc32c: ");
    if (lines.size() != 4
        || end < 0
        || !lines.get(3).equals("crc32c: " + checksum(text.substring(0, end)))) {
      throw new StartFailure(
          ExitCode.DAMAGED_STATE, file + " is damaged: its checksum does not fit its content");
    }
    return new StoredIdentity(
        Long.parseUnsignedLong(value(lines.get(0)), 16),
        Long.parseUnsignedLong(value(lines.get(1)), 16),
        Stage.valueOf(value(lines.get(2)).toUpperCase(Locale.ROOT)));
  }

  private static String value(String line) {
    return line.substring(line.indexOf(": ") + 2);
  }

  private static String checksum(String body) {
    var crc = new CRC32C();
    crc.update(body.getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }
}
