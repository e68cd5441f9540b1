package io.kvorum.node.ctl;

/// What the process answers its shell; the numbers are etcdctl's. Under a lock it is that of the
/// user's own command.
record ExitCode(int number) {
  static final ExitCode OK = new ExitCode(0);
  static final ExitCode ERROR = new ExitCode(1);
  static final ExitCode BAD_CONNECTION = new ExitCode(2);
  static final ExitCode INVALID_INPUT = new ExitCode(3);
  static final ExitCode BAD_FEATURE = new ExitCode(4);
  static final ExitCode INTERRUPTED = new ExitCode(5);
  static final ExitCode IO = new ExitCode(6);
  static final ExitCode BAD_ARGUMENTS = new ExitCode(128);

  /// The reader of our output is gone: what a shell reports for a program that SIGPIPE ended.
  static final ExitCode BROKEN_PIPE = new ExitCode(128 + 13);
}
