package io.kvorum.node.sim;

/// What a client asked of one key, when, and what came of it. Values are numbers, each written by
/// one operation only; 0 is no value.
final class Operation {
  static final long NOTHING = 0;

  /// Has not ended, and never will.
  static final long NEVER = Long.MAX_VALUE;

  /// What is asked.
  sealed interface Request {
    record Put(long value) implements Request {}

    record Get() implements Request {}

    /// Writes the value if the key has the expected one.
    record CompareAndSet(long expected, long value) implements Request {}
  }

  /// What the client was told.
  sealed interface Result {
    /// The write is done.
    record Done() implements Result {}

    /// The key had this value; nothing was written.
    record Seen(long value) implements Result {}

    /// Nothing was written, for sure.
    record Refused() implements Result {}

    /// It may take effect at any time from its beginning on, or never.
    record Unknown() implements Result {}
  }

  final int key;
  final Request request;
  final long invoked;
  private long returned = NEVER;
  private Result result = new Result.Unknown();
  private boolean waited = true;

  Operation(int key, Request request, long invoked) {
    this.key = key;
    this.request = request;
    this.invoked = invoked;
  }

  void end(Result outcome, long moment) {
    result = outcome;
    returned = moment;
    waited = false;
  }

  /// Nobody waits for an answer any more.
  void giveUp() {
    waited = false;
  }

  /// Whether an answer may still come.
  boolean isOpen() {
    return waited;
  }

  long returned() {
    return returned;
  }

  Result result() {
    return result;
  }

  @Override
  public String toString() {
    return "[%d..%s] key %d %s -> %s"
        .formatted(
            invoked, returned == NEVER ? "" : String.valueOf(returned), key, request, result);
  }
}
