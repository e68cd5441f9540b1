package io.kvorum.node.core.log;

/// A file operation failed. For a write or a sync of the log this is the end of the process: after
/// a failed sync nobody knows what is on the disk, and a second try may report success wrongly.
public class DiskFailedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String operation;
  private final String path;

  public DiskFailedException(String operation, String path, String reason, Throwable cause) {
    super("cannot " + operation + " " + path + ": " + reason, cause);
    this.operation = operation;
    this.path = path;
  }

  /// What was tried, as a verb: `write`, `sync`, `open`.
  public final String operation() {
    return operation;
  }

  public final String path() {
    return path;
  }
}
