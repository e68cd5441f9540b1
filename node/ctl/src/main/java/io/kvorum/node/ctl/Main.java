package io.kvorum.node.ctl;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The process: arguments and environment as the bytes they are, unbuffered streams, exit code.
///
/// The JVM decodes arguments in the locale's charset, which destroys keys that are no text in it.
/// On Linux the bytes themselves stand in /proc, so they are taken from there.
public final class Main {

  private Main() {}

  public static void main(String[] args) {
    var console =
        new Console(
            new FileInputStream(FileDescriptor.in),
            new Output(new FileOutputStream(FileDescriptor.out)),
            new Output(new FileOutputStream(FileDescriptor.err)),
            environment());
    Interrupts.exit(Ctl.run(words(args), console));
  }

  private static List<String> words(String[] args) {
    List<String> raw = entries("/proc/self/cmdline");
    if (raw.size() > args.length) {
      return raw.subList(raw.size() - args.length, raw.size());
    }
    var words = new ArrayList<String>();
    for (String arg : args) {
      words.add(raw(arg));
    }
    return words;
  }

  private static Map<String, String> environment() {
    var environment = new HashMap<String, String>();
    System.getenv().forEach((name, value) -> environment.put(raw(name), raw(value)));
    for (String entry : entries("/proc/self/environ")) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        environment.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    return environment;
  }

  /// The zero-terminated entries of a file of /proc; none where there is no such file.
  private static List<String> entries(String file) {
    try {
      String text = Files.readString(Path.of(file), StandardCharsets.ISO_8859_1);
      return text.isEmpty()
          ? List.of()
          : List.of(text.substring(0, text.length() - 1).split("\0", -1));
    } catch (IOException e) {
      return List.of();
    }
  }

  private static String raw(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
