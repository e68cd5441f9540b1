package io.kvorum.node.core.log;

/// The log is whole, but not for this member or not for this version of the program.
public final class RefusedLogException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /// Why it is refused.
  public enum Reason {
    /// It is another member's, or stands where none was expected.
    NOT_OURS,
    /// A newer program has written it.
    NEWER_FORMAT
  }

  private final Reason reason;

  public RefusedLogException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
