package io.kvorum.node.core.raft;

/// The identity of a member: a 64-bit number, written as lower-case hexadecimal without leading
/// zeros.
///
/// Ordered as unsigned numbers, so that ids sort like their texts of equal length.
public record MemberId(long value) implements Comparable<MemberId> {
  /// No member: no vote cast, no leader known. No member ever has this id.
  public static final MemberId NONE = new MemberId(0);

  /// Reads what [#toString] writes.
  public static MemberId parse(String hex) {
    return new MemberId(Long.parseUnsignedLong(hex, 16));
  }

  public boolean isNone() {
    return value == 0;
  }

  @Override
  public int compareTo(MemberId other) {
    return Long.compareUnsigned(value, other.value);
  }

  @Override
  public String toString() {
    return Long.toHexString(value);
  }
}
