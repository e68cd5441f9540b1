package io.kvorum.node.core.kv;

/// An alarm that a member has raised. Ordered by member, then by type.
public record Alarm(long memberId, Type type) implements Comparable<Alarm> {

  /// NONE only ever stands in requests: "all types" of a listing, nothing of an activation.
  public enum Type {
    NONE,
    NO_SPACE,
    CORRUPT
  }

  public enum Action {
    GET,
    ACTIVATE,
    DEACTIVATE
  }

  @Override
  public int compareTo(Alarm other) {
    int byMember = Long.compareUnsigned(memberId, other.memberId);
    return byMember != 0 ? byMember : type.compareTo(other.type);
  }
}
