package io.kvorum.node.core.raft;

/// What an entry is for. The codes stand on disk and on the wire.
public enum EntryType {
  /// No content: a new leader's first entry, by which it commits what it inherited.
  EMPTY(0),
  /// A command of the state machine.
  COMMAND(1),
  /// An encoded [MembershipChange].
  MEMBERSHIP(2);

  private static final EntryType[] BY_CODE = {EMPTY, COMMAND, MEMBERSHIP};

  private final int code;

  EntryType(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  /// The type with this code.
  ///
  /// @throws IllegalArgumentException if there is none: the bytes are not ours
  public static EntryType ofCode(int code) {
    if (code < 0 || code >= BY_CODE.length) {
      throw new IllegalArgumentException("unknown entry type " + code);
    }
    return BY_CODE[code];
  }
}
