package io.kvorum.node.server.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import io.kvorum.node.server.config.NodeConfig;
import io.kvorum.node.server.config.StartFailure;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.LogManager;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// Sets logging up as the flags say. Before that nothing is logged.
public final class Logs {

  private static final List<String> LIBRARIES = List.of("io.grpc", "io.netty");

  /// They warn with a stack trace of what any client can do as often as it likes: go away while it
  /// is answered, send a message that is too long or compressed in an unknown way.
  private static final List<String> NOISY =
      List.of(
          "io.grpc.netty.NettyServerHandler",
          "io.grpc.netty.NettyServerStream",
          "io.grpc.internal.AbstractServerStream");

  private Logs() {}

  /// Opens the outputs and lets lines through.
  public static void configure(NodeConfig.Logging logging) {
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    for (String output : new LinkedHashSet<>(logging.outputs())) {
      root.addAppender(appender(context, logging.console(), output));
    }
    Level level = level(logging.level());
    root.setLevel(level);
    quieten(context, level);
  }

  /// Changes which lines get through, from now on.
  public static void setLevel(NodeConfig.Logging.Level level) {
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(level(level));
  }

  /// Lets no library be heard any more: what they complain of while a process ends because of a
  /// failure is that failure, and the line that says what to do about it shall be the last. What
  /// one of them says at this moment is written before it returns.
  public static void silenceLibraries() {
    Output.silenceLibraries();
  }

  private static OutputStreamAppender<ILoggingEvent> appender(
      LoggerContext context, boolean console, String output) {
    var encoder = new LineEncoder(console);
    encoder.setContext(context);
    encoder.start();
    var appender = new Output();
    appender.setContext(context);
    appender.setName(output);
    appender.setEncoder(encoder);
    appender.setImmediateFlush(true);
    appender.setOutputStream(stream(output));
    appender.start();
    return appender;
  }

  /// Writes one line after the other, and those of libraries until they are silenced.
  private static final class Output extends OutputStreamAppender<ILoggingEvent> {
    private static final ReentrantLock WRITING = new ReentrantLock();
    private static boolean librariesAreSilent;

    static void silenceLibraries() {
      WRITING.lock();
      try {
        librariesAreSilent = true;
      } finally {
        WRITING.unlock();
      }
    }

    @Override
    protected void append(ILoggingEvent event) {
      WRITING.lock();
      try {
        if (!librariesAreSilent
            || LIBRARIES.stream().noneMatch(event.getLoggerName()::startsWith)) {
          super.append(event);
        }
      } finally {
        WRITING.unlock();
      }
    }
  }

  private static OutputStream stream(String output) {
    return switch (output) {
      case "default", "stderr", "/dev/stderr" -> new FileOutputStream(FileDescriptor.err);
      case "stdout", "/dev/stdout" -> new FileOutputStream(FileDescriptor.out);
      case String file -> {
        try {
          yield new FileOutputStream(file, true);
        } catch (IOException e) {
          throw StartFailure.configuration(
              "cannot write the log to " + file + " (--log-outputs): " + e.getMessage());
        }
      }
    };
  }

  private static Level level(NodeConfig.Logging.Level level) {
    return switch (level) {
      case DEBUG -> Level.DEBUG;
      case INFO -> Level.INFO;
      case WARN -> Level.WARN;
      case ERROR, FATAL -> Level.ERROR;
    };
  }

  /// Libraries are heard when something is wrong; the JDK's own logging, which gRPC uses, goes the
  /// same way.
  private static void quieten(LoggerContext context, Level level) {
    Level libraries = level.isGreaterOrEqual(Level.WARN) ? level : Level.WARN;
    LIBRARIES.forEach(library -> context.getLogger(library).setLevel(libraries));
    NOISY.forEach(logger -> context.getLogger(logger).setLevel(Level.ERROR));
    LogManager.getLogManager().reset();
    java.util.logging.Logger.getLogger("").setLevel(java.util.logging.Level.WARNING);
    SLF4JBridgeHandler.install();
  }
}
