package io.kvorum.bench;

/// One line of a comparison: a kind of request from so many clients to a cluster of so many
/// members.
record Case(int members, Kind kind, int clients) implements Comparable<Case> {

  enum Kind {
    PUT,
    RANGE_LINEARIZABLE,
    RANGE_SERIALIZABLE;

    String text() {
      return switch (this) {
        case PUT -> "put";
        case RANGE_LINEARIZABLE -> "range-l";
        case RANGE_SERIALIZABLE -> "range-s";
      };
    }

    static Kind parse(String text) {
      for (Kind kind : values()) {
        if (kind.text().equals(text)) {
          return kind;
        }
      }
      throw new IllegalArgumentException(
          "--cases: '%s' is unknown; write put, range-l or range-s".formatted(text));
    }
  }

  @Override
  public int compareTo(Case other) {
    int byMembers = Integer.compare(members, other.members);
    int byKind = kind.compareTo(other.kind);
    return byMembers != 0
        ? byMembers
        : byKind != 0 ? byKind : Integer.compare(clients, other.clients);
  }
}
