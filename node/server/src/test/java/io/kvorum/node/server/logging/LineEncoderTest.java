package io.kvorum.node.server.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

/// Log lines, byte by byte.
final class LineEncoderTest {

  @Test
  void json_isOneLine() {
    assertThat(line(false, null))
        .isEqualTo(
            """
            {"level":"warn","ts":"2026-01-02T03:04:05.678901Z","logger":"front","msg":"a \\"b\\"\\n\\u0001ü","count":3,"ok":true,"who":"x\\\\y"}
            """);
  }

  @Test
  void console_isForPeople() {
    assertThat(line(true, null))
        .isEqualTo(
            "2026-01-02T03:04:05.678901Z\twarn\tfront\ta \"b\"\n\u0001ü\t"
                + "{\"count\": 3, \"ok\": true, \"who\": \"x\\\\y\"}\n");
  }

  @Test
  void failure_staysInItsLine() {
    String line = line(false, new IllegalStateException("broken"));
    assertThat(line)
        .contains("\"error\":\"java.lang.IllegalStateException: broken\\n\\tat ")
        .hasLineCount(1);
  }

  private static String line(boolean console, @Nullable Throwable failure) {
    var context = new LoggerContext();
    var event =
        new LoggingEvent(
            "",
            context.getLogger("io.kvorum.front"),
            Level.WARN,
            "a \"b\"\n\u0001ü",
            failure,
            new Object[0]);
    event.setInstant(Instant.parse("2026-01-02T03:04:05.678901Z"));
    event.addKeyValuePair(new KeyValuePair("count", 3));
    event.addKeyValuePair(new KeyValuePair("ok", true));
    event.addKeyValuePair(new KeyValuePair("who", "x\\y"));
    return new String(new LineEncoder(console).encode(event), StandardCharsets.UTF_8);
  }
}
