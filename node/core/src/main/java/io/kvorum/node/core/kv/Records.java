package io.kvorum.node.core.kv;

/// The names of the records that commands write themselves. Everything else belongs to the replica.
public final class Records {

  /// The text of the last `Command.ClusterVersion`.
  public static final Bytes CLUSTER_VERSION = Bytes.utf8("cluster-version");

  /// What the names of all members' attributes start with.
  public static final Bytes ATTRIBUTES = Bytes.utf8("attributes/");

  private Records() {}

  /// Where the last `Command.MemberAttributes` of a member stands, as that command encoded by
  /// `CommandCodec.encodeAttributes`.
  public static Bytes attributes(long memberId) {
    return Bytes.utf8("attributes/" + String.format("%016x", memberId));
  }
}
