package io.kvorum.localkube.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The store's file: one line for each change, `checksum SPACE json`.
///
/// Reading stops at the first line that is torn or damaged: a process or machine that died in the
/// middle of a write leaves such a tail, and nothing behind it was ever acknowledged. Streams, not
/// channels: an interrupted thread would close a channel for everybody.
final class Journal implements AutoCloseable {

  /// Hears of each change in the file; a null object was deleted.
  interface Reader {
    void change(Key key, long version, @Nullable ObjectNode object);
  }

  private final Path file;
  private volatile FileOutputStream out;
  private long size;

  private Journal(Path file, FileOutputStream out, long size) {
    this.file = file;
    this.out = out;
    this.size = size;
  }

  static Journal open(Path file, Reader reader) {
    try {
      long good = Files.exists(file) ? replay(Files.readAllBytes(file), reader) : 0;
      if (Files.exists(file)) {
        try (var torn = new RandomAccessFile(file.toFile(), "rw")) {
          torn.setLength(good);
        }
      }
      return new Journal(file, new FileOutputStream(file.toFile(), true), good);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open the journal " + file, e);
    }
  }

  /// Returns the length of the valid part.
  private static long replay(byte[] bytes, Reader reader) throws IOException {
    int start = 0;
    for (int at = 0; at < bytes.length; at++) {
      if (bytes[at] != '\n') {
        continue;
      }
      String line = new String(bytes, start, at - start, StandardCharsets.UTF_8);
      int space = line.indexOf(' ');
      if (space < 0 || !line.substring(0, space).equals(checksum(line.substring(space + 1)))) {
        return start;
      }
      JsonNode change = Json.parse(line.substring(space + 1));
      reader.change(
          new Key(Json.text(change, "r"), Json.text(change, "n"), Json.text(change, "name")),
          Json.number(change, 0, "v"),
          change.get("o") instanceof ObjectNode object ? object : null);
      start = at + 1;
    }
    return start;
  }

  /// Appends one change; it survives this process at once, and the machine after `sync`.
  void append(Key key, long version, @Nullable ObjectNode object) {
    write(line(key, version, object));
  }

  void sync() {
    FileOutputStream current = out;
    try {
      current.getFD().sync();
    } catch (IOException e) {
      // A rewrite replaced the file meanwhile, and synced all that was in it.
      if (out.equals(current)) {
        throw new UncheckedIOException("cannot sync the journal " + file, e);
      }
    }
  }

  long size() {
    return size;
  }

  /// Starts a new file that holds just these objects, and replaces the old one by it.
  void rewrite(Collection<Stored> objects, long version) {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    FileOutputStream old = out;
    try {
      out = new FileOutputStream(fresh.toFile());
      size = 0;
      write(line(new Key("", "", ""), version, null));
      for (Stored each : objects) {
        write(line(each.key(), each.version(), each.object()));
      }
      out.getFD().sync();
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      old.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot rewrite the journal " + file, e);
    }
  }

  @Override
  public void close() {
    try {
      out.getFD().sync();
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close the journal " + file, e);
    }
  }

  private void write(byte[] line) {
    try {
      out.write(line);
      size += line.length;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot append to the journal " + file, e);
    }
  }

  private static byte[] line(Key key, long version, @Nullable ObjectNode object) {
    ObjectNode change = Json.object();
    change.put("v", version);
    change.put("r", key.resource());
    change.put("n", key.namespace());
    change.put("name", key.name());
    if (object != null) {
      change.set("o", object);
    }
    String text = new String(Json.bytes(change), StandardCharsets.UTF_8);
    return (checksum(text) + " " + text + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static String checksum(String text) {
    var crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }
}
