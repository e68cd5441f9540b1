package io.kvorum.node.server.backup;

/// A file that is no backup, or one that was damaged or cut off.
final class DamagedBackupException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  DamagedBackupException(String message) {
    super(message);
  }
}
