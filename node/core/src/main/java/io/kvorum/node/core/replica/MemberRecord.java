package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.MemberId;
import java.util.List;

/// A member as the cluster knows it.
///
/// @param peerUrls where other members reach it
/// @param attributes what it has published about itself; [Attributes#UNPUBLISHED] until it started
public record MemberRecord(
    MemberId id, List<String> peerUrls, boolean learner, Attributes attributes) {

  public MemberRecord {
    peerUrls = List.copyOf(peerUrls);
  }

  /// What a member publishes about itself through the log, each time it starts.
  ///
  /// @param name never empty once published
  /// @param apiVersion the etcd API it speaks; empty in records of before that was published
  /// @param featureLevel the highest feature level its program knows
  public record Attributes(
      String name, List<String> clientUrls, String apiVersion, int featureLevel) {
    public static final Attributes UNPUBLISHED = new Attributes("", List.of(), "", 0);

    public Attributes {
      clientUrls = List.copyOf(clientUrls);
    }
  }

  /// Whether the member has ever published itself; not whether it lives.
  public boolean started() {
    return !attributes.name().isEmpty();
  }

  MemberRecord withAttributes(Attributes published) {
    return new MemberRecord(id, peerUrls, learner, published);
  }

  MemberRecord withPeerUrls(List<String> urls) {
    return new MemberRecord(id, urls, learner, attributes);
  }

  MemberRecord promoted() {
    return new MemberRecord(id, peerUrls, false, attributes);
  }
}
