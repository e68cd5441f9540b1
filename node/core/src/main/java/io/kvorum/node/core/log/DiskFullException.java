package io.kvorum.node.core.log;

/// A file could not grow because the disk or the quota is full. Segments are allocated before they
/// are used, so this shows when one is prepared, not in the middle of a batch.
public final class DiskFullException extends DiskFailedException {

  private static final long serialVersionUID = 1L;

  public DiskFullException(String operation, String path, Throwable cause) {
    super(operation, path, "no space left; free some space or enlarge the volume", cause);
  }
}
