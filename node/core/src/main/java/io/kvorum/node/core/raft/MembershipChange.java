package io.kvorum.node.core.raft;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// One step from a membership to the next, as it stands in a [EntryType#MEMBERSHIP] entry.
///
/// The context travels with it untouched: the member's name and addresses, the id of the request.
/// Consensus reads only the kind and the member.
public sealed interface MembershipChange {
  MemberId member();

  byte[] context();

  /// Adds a member that votes at once.
  @SuppressWarnings("ArrayRecordComponent")
  record AddVoter(MemberId member, byte[] context) implements MembershipChange {}

  /// Adds a member that gets the log and has no vote.
  @SuppressWarnings("ArrayRecordComponent")
  record AddLearner(MemberId member, byte[] context) implements MembershipChange {}

  /// Gives a learner its vote.
  @SuppressWarnings("ArrayRecordComponent")
  record Promote(MemberId member, byte[] context) implements MembershipChange {}

  /// Takes a member out for good.
  @SuppressWarnings("ArrayRecordComponent")
  record Remove(MemberId member, byte[] context) implements MembershipChange {}

  /// Changes what the context says about a member and nothing else.
  @SuppressWarnings("ArrayRecordComponent")
  record Update(MemberId member, byte[] context) implements MembershipChange {}

  /// The version of the encoding: its first byte.
  byte FORMAT = 1;

  /// The entry data: format, kind, member, context.
  default byte[] encode() {
    ByteBuffer bytes = ByteBuffer.allocate(2 + Long.BYTES + context().length);
    bytes.put(FORMAT).put(kindCode()).putLong(member().value()).put(context());
    return bytes.array();
  }

  private byte kindCode() {
    return switch (this) {
      case AddVoter _ -> 1;
      case AddLearner _ -> 2;
      case Promote _ -> 3;
      case Remove _ -> 4;
      case Update _ -> 5;
    };
  }

  /// Reads what [#encode] writes.
  ///
  /// @throws IllegalArgumentException if the bytes are not a change this version knows
  static MembershipChange decode(byte[] data) {
    if (data.length < 2 + Long.BYTES || data[0] != FORMAT) {
      throw new IllegalArgumentException("not a membership change of format " + FORMAT);
    }
    MemberId member = new MemberId(ByteBuffer.wrap(data).getLong(2));
    byte[] context = Arrays.copyOfRange(data, 2 + Long.BYTES, data.length);
    return switch (data[1]) {
      case 1 -> new AddVoter(member, context);
      case 2 -> new AddLearner(member, context);
      case 3 -> new Promote(member, context);
      case 4 -> new Remove(member, context);
      case 5 -> new Update(member, context);
      default -> throw new IllegalArgumentException("unknown membership change " + data[1]);
    };
  }
}
