package io.kvorum.node.ctl;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The hash of backups and comparisons.
final class Sha256 {

  static final int BYTES = 32;

  private Sha256() {}

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
