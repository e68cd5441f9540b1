package io.kvorum.node.dns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// How a short name becomes a whole one: `search` and `options ndots:` of resolv.conf, which the
/// JDK's DNS client passes over.
///
/// @param suffixes domains to try behind a name
/// @param dots a name with so many is tried as it is before that
record SearchList(List<String> suffixes, int dots) {

  private static final Path FILE = Path.of("/etc/resolv.conf");

  /// More than this the C library does not take either.
  private static final int MAX_SUFFIXES = 6;

  private static final int MAX_DOTS = 15;

  SearchList {
    suffixes = List.copyOf(suffixes);
  }

  /// That of this machine; empty where there is no such file.
  static SearchList ofThisMachine() {
    try (Stream<String> lines = Files.lines(FILE)) {
      return parse(lines.toList());
    } catch (IOException | UncheckedIOException e) {
      return new SearchList(List.of(), 1);
    }
  }

  /// Reads the lines of a file; the last `search` or `domain` wins, as everywhere.
  static SearchList parse(List<String> lines) {
    List<String> suffixes = List.of();
    int dots = 1;
    for (String line : lines) {
      List<String> words = List.of(line.strip().split("\\s+", -1));
      switch (words.getFirst()) {
        case "search", "domain" ->
            suffixes = words.subList(1, Math.min(words.size(), 1 + MAX_SUFFIXES));
        case "options" -> dots = dots(words, dots);
        case String _ -> {}
      }
    }
    return new SearchList(suffixes, dots);
  }

  private static int dots(List<String> options, int before) {
    int dots = before;
    for (String option : options) {
      if (option.matches("ndots:\\d{1,9}")) {
        dots = Math.min(Integer.parseInt(option.substring("ndots:".length())), MAX_DOTS);
      }
    }
    return dots;
  }

  /// The whole names that a name may stand for, in the order in which they are tried.
  List<String> whole(String name) {
    if (name.endsWith(".")) {
      return List.of(name);
    }
    boolean first = name.chars().filter(character -> character == '.').count() >= dots;
    var names = new ArrayList<String>();
    if (first) {
      names.add(name + ".");
    }
    for (String suffix : suffixes) {
      names.add(name + "." + (suffix.endsWith(".") ? suffix : suffix + "."));
    }
    if (!first) {
      names.add(name + ".");
    }
    return names.stream().map(text -> text.replaceAll("\\.+$", ".")).distinct().toList();
  }
}
