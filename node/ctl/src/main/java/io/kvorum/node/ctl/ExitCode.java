package io.kvorum.node.ctl;

/// What the process answers its shell; the numbers are etcdctl's.
enum ExitCode {
  OK(0),
  ERROR(1),
  BAD_CONNECTION(2),
  INVALID_INPUT(3),
  BAD_FEATURE(4),
  INTERRUPTED(5),
  IO(6),
  BAD_ARGUMENTS(128),
  /// The reader of our output is gone: what a shell reports for a program that SIGPIPE ended.
  BROKEN_PIPE(128 + 13);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }
}
