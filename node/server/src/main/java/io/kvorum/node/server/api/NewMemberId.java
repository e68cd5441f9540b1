package io.kvorum.node.server.api;

import io.kvorum.node.core.raft.MemberId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.function.Predicate;

/// The id of a member that is added to a running cluster: the head of a hash over its sorted peer
/// URLs and the time, so that the same URLs get another id the next time. Should the next time be
/// within the same second, the next free second counts: etcd refuses such a member as removed.
final class NewMemberId {
  private NewMemberId() {}

  static MemberId of(List<String> peerUrls, long unixSeconds, Predicate<MemberId> taken) {
    long seconds = unixSeconds;
    MemberId id = of(peerUrls, seconds);
    while (taken.test(id)) {
      seconds++;
      id = of(peerUrls, seconds);
    }
    return id;
  }

  private static MemberId of(List<String> peerUrls, long unixSeconds) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      peerUrls.stream().sorted().forEach(url -> update(sha1, url));
      update(sha1, Long.toString(unixSeconds));
      return new MemberId(ByteBuffer.wrap(sha1.digest()).getLong());
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-1", impossible);
    }
  }

  private static void update(MessageDigest digest, String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
  }
}
