package io.kvorum.node.server.bootstrap;

import io.kvorum.node.server.config.Url;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/// The ids of a cluster that forms: every member computes the same ones from the same flags, so
/// nobody has to hand them out.
final class MemberIds {

  private MemberIds() {}

  /// The id of a founding member: the head of a hash over its sorted peer URLs and the token.
  static long member(List<Url> peerUrls, String token) {
    MessageDigest sha1 = sha1();
    peerUrls.stream()
        .map(Url::text)
        .sorted()
        .forEach(text -> sha1.update(text.getBytes(StandardCharsets.UTF_8)));
    sha1.update(token.getBytes(StandardCharsets.UTF_8));
    return head(sha1);
  }

  /// The id of a cluster: the head of a hash over its founding members' ids in unsigned order.
  static long cluster(List<Long> memberIds) {
    MessageDigest sha1 = sha1();
    memberIds.stream()
        .sorted(Long::compareUnsigned)
        .forEach(id -> sha1.update(ByteBuffer.allocate(Long.BYTES).putLong(id).array()));
    return head(sha1);
  }

  static String text(long id) {
    return Long.toHexString(id);
  }

  private static long head(MessageDigest digest) {
    return ByteBuffer.wrap(digest.digest()).getLong();
  }

  private static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }
}
