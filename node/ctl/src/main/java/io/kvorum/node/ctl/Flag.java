package io.kvorum.node.ctl;

/// One option of a command: its long name, an optional letter, what it takes and what it means.
record Flag(String name, char letter, Kind kind, String fallback, String help) {

  /// Stands for "no letter".
  static final char NO_LETTER = 0;

  /// What a flag takes. A switch needs no value; every other kind takes the next word.
  enum Kind {
    SWITCH(""),
    NUMBER("n"),
    TEXT("text"),
    LIST("a,b,..."),
    DURATION("5s");

    private final String placeholder;

    Kind(String placeholder) {
      this.placeholder = placeholder;
    }
  }

  static Flag toggle(String name, String help) {
    return new Flag(name, NO_LETTER, Kind.SWITCH, "false", help);
  }

  static Flag number(String name, String help) {
    return new Flag(name, NO_LETTER, Kind.NUMBER, "0", help);
  }

  static Flag number(String name, long fallback, String help) {
    return new Flag(name, NO_LETTER, Kind.NUMBER, Long.toString(fallback), help);
  }

  static Flag text(String name, String fallback, String help) {
    return new Flag(name, NO_LETTER, Kind.TEXT, fallback, help);
  }

  static Flag duration(String name, String fallback, String help) {
    return new Flag(name, NO_LETTER, Kind.DURATION, fallback, help);
  }

  Flag withLetter(char letter) {
    return new Flag(name, letter, kind, fallback, help);
  }

  /// As it stands in a help text: `-w, --write-out text`.
  String synopsis() {
    String shortForm = letter == NO_LETTER ? "    " : "-" + letter + ", ";
    return shortForm + "--" + name + (kind.placeholder.isEmpty() ? "" : " " + kind.placeholder);
  }
}
