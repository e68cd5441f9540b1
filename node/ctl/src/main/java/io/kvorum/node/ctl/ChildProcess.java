package io.kvorum.node.ctl;

import java.io.IOException;
import java.io.InputStream;

/// A program of the user's that this one runs, its output mixed into our own.
final class ChildProcess {

  private static final int BUFFER_BYTES = 8 << 10;

  private ChildProcess() {}

  /// There is no such program, or it may not be run.
  static final class CannotStart extends Exception {
    private static final long serialVersionUID = 1;

    CannotStart(IOException cause) {
      super(cause);
    }
  }

  /// Waits for its end and returns its exit code. It ends with us.
  static int run(ProcessBuilder builder, Console console) throws CannotStart, Failure, IOException {
    console.output().flush();
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new CannotStart(e);
    }
    try {
      Thread errors =
          Thread.ofVirtual().start(() -> copyErrors(process.getErrorStream(), console.errors()));
      copy(process.getInputStream(), console.output());
      int exitCode = process.waitFor();
      errors.join();
      return exitCode;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.of(ExitCode.INTERRUPTED, "interrupted");
    } finally {
      process.destroy();
    }
  }

  private static void copy(InputStream from, Output to) throws IOException {
    var buffer = new byte[BUFFER_BYTES];
    for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
      to.bytes(com.google.protobuf.ByteString.copyFrom(buffer, 0, n));
      to.flush();
    }
  }

  private static void copyErrors(InputStream from, Output to) {
    try {
      copy(from, to);
    } catch (IOException closed) {
      // Nobody reads our errors any more; the command's own end tells what happened.
      return;
    }
  }
}
