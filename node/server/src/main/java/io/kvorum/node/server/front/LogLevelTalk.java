package io.kvorum.node.server.front;

import io.kvorum.node.server.config.NodeConfig.Logging.Level;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.http.HttpReply;
import io.kvorum.node.server.http.HttpTalk;
import io.kvorum.node.server.logging.Logs;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A request that changes the level of logging: `{"Level":"DEBUG"}`.
final class LogLevelTalk implements HttpTalk {

  private static final int MAX_BYTES = 1_024;
  private static final long BODY_MILLIS = 5_000;
  private static final Pattern WANTED =
      Pattern.compile("\\s*\\{\\s*\"(?i:level)\"\\s*:\\s*\"([^\"\\\\]*)\"\\s*}\\s*");

  private final HttpReply reply;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();

  LogLevelTalk(HttpReply reply) {
    this.reply = reply;
    reply.bodyWithin(BODY_MILLIS);
    reply.readMore();
  }

  @Override
  public void piece(byte[] bytes) {
    body.writeBytes(bytes);
    if (body.size() > MAX_BYTES) {
      reply.answer(refusal("Invalid json body"));
    } else {
      reply.readMore();
    }
  }

  @Override
  public void bodyEnded() {
    Matcher wanted = WANTED.matcher(body.toString(StandardCharsets.UTF_8));
    if (!wanted.matches()) {
      reply.answer(refusal("Invalid json body"));
      return;
    }
    Optional<Level> level = level(wanted.group(1));
    level.ifPresent(Logs::setLevel);
    reply.answer(
        level.isPresent()
            ? HttpAnswer.empty(204)
            : refusal("Invalid log level " + wanted.group(1)));
  }

  /// The levels of both of etcd's loggers.
  private static Optional<Level> level(String name) {
    return Optional.ofNullable(
        switch (name.toUpperCase(Locale.ROOT)) {
          case "TRACE", "DEBUG", "T", "D" -> Level.DEBUG;
          case "INFO", "NOTICE", "I", "N" -> Level.INFO;
          case "WARN", "WARNING", "W" -> Level.WARN;
          case "ERROR", "CRITICAL", "DPANIC", "PANIC", "FATAL", "E", "C" -> Level.ERROR;
          default -> null;
        });
  }

  private static HttpAnswer refusal(String why) {
    return HttpAnswer.of(
        400, HttpAnswer.JSON, "{\"message\":\"" + why.replaceAll("[^\\p{Alnum} ]", "?") + "\"}");
  }

  @Override
  public void gone() {
    // Nothing was begun.
  }

  @Override
  public void drain() {
    // It ends by itself, within seconds.
  }
}
