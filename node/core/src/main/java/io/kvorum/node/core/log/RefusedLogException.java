package io.kvorum.node.core.log;

/// The log is whole, but not for this member or not for this version of the program.
public final class RefusedLogException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public RefusedLogException(String message) {
    super(message);
  }
}
