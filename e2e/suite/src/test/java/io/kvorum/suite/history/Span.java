package io.kvorum.suite.history;

/// The keys from `from` on and before `to`; a single one where `to` is empty.
record Span(String from, String to) {

  static Span of(String key) {
    return new Span(key, "");
  }

  /// All keys that begin with the prefix, whose last character must have a successor.
  static Span below(String prefix) {
    int last = prefix.length() - 1;
    return new Span(prefix, prefix.substring(0, last) + (char) (prefix.charAt(last) + 1));
  }

  boolean contains(String key) {
    return to.isEmpty() ? key.equals(from) : key.compareTo(from) >= 0 && key.compareTo(to) < 0;
  }
}
