package io.kvorum.node.ctl;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// SIGINT and SIGTERM, for commands that have something to give back before the process ends. All
/// others are ended by them at once.
final class Interrupts {

  /// Who hangs on the network meanwhile is ended all the same.
  private static final Duration GIVING_BACK_MAX = Duration.ofSeconds(10);

  /// For what must come to its own end, however long that takes; SIGKILL ends it all the same.
  static final Duration UNBOUNDED = Duration.ofDays(365);

  private static final CompletableFuture<ExitCode> ended = new CompletableFuture<>();
  private static @Nullable Runnable listener;
  private static Duration patience = GIVING_BACK_MAX;
  private static boolean hooked;

  private Interrupts() {}

  /// From now on a signal runs this, and the process ends when the command has come to its end.
  static void listen(Runnable newListener) {
    listen(newListener, GIVING_BACK_MAX);
  }

  /// As above, and the process waits so long for the end.
  static synchronized void listen(Runnable newListener, Duration newPatience) {
    listener = newListener;
    patience = newPatience;
    if (!hooked) {
      hooked = true;
      Runtime.getRuntime().addShutdownHook(new Thread(Interrupts::interrupted, "interrupts"));
    }
  }

  /// Signals end the process at once again.
  static synchronized void ignore() {
    listener = null;
  }

  private static void interrupted() {
    Runnable heard = listener();
    if (heard == null) {
      return;
    }
    heard.run();
    try {
      ExitCode code = ended.get(patience().toMillis(), TimeUnit.MILLISECONDS);
      Runtime.getRuntime().halt(code.number());
    } catch (InterruptedException | ExecutionException | TimeoutException tooLong) {
      return;
    }
  }

  private static synchronized @Nullable Runnable listener() {
    return listener;
  }

  private static synchronized Duration patience() {
    return patience;
  }

  /// For listeners: the process ends with this code, whatever its command is at.
  static void endWith(ExitCode code) {
    ended.complete(code);
  }

  /// Ends the process. If a signal has begun to, it gets the code and this never returns.
  static void exit(ExitCode code) {
    ended.complete(code);
    System.exit(code.number());
  }
}
