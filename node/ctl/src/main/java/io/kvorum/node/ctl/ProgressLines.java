package io.kvorum.node.ctl;

import java.time.Duration;
import java.util.function.Supplier;

/// Says on standard error how far a long command is, at most once a second.
final class ProgressLines {

  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final Output errors;
  private long lastNanos = System.nanoTime();

  ProgressLines(Output errors) {
    this.errors = errors;
  }

  /// A line that is shown in any case.
  void say(String text) throws Output.Closed {
    errors.line(text);
    errors.flush();
    lastNanos = System.nanoTime();
  }

  /// A line that is shown when none was for a while.
  void maybeSay(Supplier<String> text) throws Output.Closed {
    if (System.nanoTime() - lastNanos >= PAUSE.toNanos()) {
      say(text.get());
    }
  }
}
