package io.kvorum.node.server.config;

/// A reason not to start, or not to go on, in one line for the person who reads the log, with the
/// code the process ends with.
public final class StartFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;

  public StartFailure(ExitCode exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  public StartFailure(ExitCode exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /// Bad configuration: one line with the name, the value, and what would be right.
  public static StartFailure configuration(String message) {
    return new StartFailure(ExitCode.FATAL, message);
  }

  public ExitCode exitCode() {
    return exitCode;
  }
}
