package io.kvorum.node.server.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.slf4j.event.KeyValuePair;

/// One event as one line, in the two forms that etcd's logger has.
///
/// ```
/// {"level":"info","ts":"2026-01-02T03:04:05.678901Z","logger":"bootstrap","msg":"…","key":"value"}
/// 2026-01-02T03:04:05.678901Z  info  bootstrap  …  {"key": "value"}
/// ```
final class LineEncoder extends EncoderBase<ILoggingEvent> {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final byte[] NOTHING = {};

  private final boolean console;

  LineEncoder(boolean console) {
    this.console = console;
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    var line = new StringBuilder(256);
    if (console) {
      console(line, event);
    } else {
      json(line, event);
    }
    return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void json(StringBuilder line, ILoggingEvent event) {
    line.append("{\"level\":\"").append(level(event)).append("\",\"ts\":\"").append(time(event));
    line.append("\",\"logger\":");
    appendText(line, shortName(event.getLoggerName()));
    line.append(",\"msg\":");
    appendText(line, event.getFormattedMessage());
    for (KeyValuePair pair : pairs(event)) {
      line.append(',');
      appendPair(line, pair, ":");
    }
    if (event.getThrowableProxy() != null) {
      line.append(",\"error\":");
      appendText(line, ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    line.append('}');
  }

  private static void console(StringBuilder line, ILoggingEvent event) {
    line.append(time(event)).append('\t').append(level(event)).append('\t');
    line.append(shortName(event.getLoggerName())).append('\t').append(event.getFormattedMessage());
    String separator = "\t{";
    for (KeyValuePair pair : pairs(event)) {
      line.append(separator);
      appendPair(line, pair, ": ");
      separator = ", ";
    }
    if (!separator.equals("\t{")) {
      line.append('}');
    }
    if (event.getThrowableProxy() != null) {
      line.append('\n')
          .append(ThrowableProxyUtil.asString(event.getThrowableProxy()).stripTrailing());
    }
  }

  private static List<KeyValuePair> pairs(ILoggingEvent event) {
    return event.getKeyValuePairs() == null ? List.of() : event.getKeyValuePairs();
  }

  private static void appendPair(StringBuilder line, KeyValuePair pair, String colon) {
    appendText(line, pair.key);
    line.append(colon);
    switch (pair.value) {
      case Number number -> line.append(number);
      case Boolean truth -> line.append(truth);
      case null -> line.append("null");
      case Object value -> appendText(line, value.toString());
    }
  }

  private static String time(ILoggingEvent event) {
    Instant instant = event.getInstant();
    return TIME.format(instant == null ? Instant.ofEpochMilli(event.getTimeStamp()) : instant);
  }

  private static String level(ILoggingEvent event) {
    return event.getLevel().equals(Level.TRACE)
        ? "debug"
        : event.getLevel().toString().toLowerCase(Locale.ROOT);
  }

  /// The last package of ours, or the class of others.
  private static String shortName(String logger) {
    return logger.substring(logger.lastIndexOf('.') + 1);
  }

  private static void appendText(StringBuilder line, String text) {
    line.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> line.append('\\').append(c);
        case '\n' -> line.append("\\n");
        case '\t' -> line.append("\\t");
        case '\r' -> line.append("\\r");
        default -> {
          if (c < ' ') {
            line.append(String.format("\\u%04x", (int) c));
          } else {
            line.append(c);
          }
        }
      }
    }
    line.append('"');
  }
}
