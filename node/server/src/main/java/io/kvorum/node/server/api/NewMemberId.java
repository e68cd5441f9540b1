package io.kvorum.node.server.api;

import io.kvorum.node.core.raft.MemberId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/// The id of a member that is added to a running cluster: the head of a hash over its sorted peer
/// URLs and the time, so that the same URLs get another id the next time.
final class NewMemberId {
  private NewMemberId() {}

  static MemberId of(List<String> peerUrls, long unixSeconds) {
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
