package io.kvorum.node.ctl;

/// A command that cannot go on: one line for the user and the exit code.
final class Failure extends Exception {

  private static final long serialVersionUID = 1;

  private final ExitCode exitCode;
  private final String text;

  private Failure(ExitCode exitCode, String text) {
    super(text);
    this.exitCode = exitCode;
    this.text = text;
  }

  /// A request that the store refused or did not answer.
  static Failure error(String text) {
    return new Failure(ExitCode.ERROR, text);
  }

  /// Arguments that make no sense.
  static Failure badArguments(String text) {
    return new Failure(ExitCode.BAD_ARGUMENTS, text);
  }

  /// Input (not arguments) that makes no sense.
  static Failure invalidInput(String text) {
    return new Failure(ExitCode.INVALID_INPUT, text);
  }

  /// An output format or order that does not exist.
  static Failure badFeature(String text) {
    return new Failure(ExitCode.BAD_FEATURE, text);
  }

  static Failure of(ExitCode exitCode, String text) {
    return new Failure(exitCode, text);
  }

  ExitCode exitCode() {
    return exitCode;
  }

  String text() {
    return text;
  }
}
