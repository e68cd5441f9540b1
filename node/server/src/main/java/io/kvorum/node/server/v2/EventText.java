package io.kvorum.node.server.v2;

import io.kvorum.node.core.kv.V2Event;
import io.kvorum.node.core.kv.V2Node;
import io.kvorum.node.server.http.JsonText;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// Changes and nodes as JSON: fields in etcd's order, what is empty left out, a line break behind
/// the whole.
final class EventText {

  private static final long NANOS = 1_000_000_000;
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);

  private final StringBuilder text = new StringBuilder();

  private EventText() {}

  static String event(V2Event event) {
    var json = new EventText();
    json.text.append("{\"action\":").append(JsonText.quote(event.action().text()));
    json.text.append(",\"node\":");
    json.node(event.node());
    V2Node previous = event.previous();
    if (previous != null) {
      json.text.append(",\"prevNode\":");
      json.node(previous);
    }
    return json.text.append("}\n").toString();
  }

  /// A change whose outcome alone is wanted.
  static String action(V2Event event) {
    return "{\"action\":" + JsonText.quote(event.action().text()) + "}\n";
  }

  private void node(V2Node node) {
    text.append('{');
    int start = text.length();
    if (!node.path().isEmpty()) {
      field(start, "key", JsonText.quote(node.path()));
    }
    String value = node.value();
    if (value != null) {
      field(start, "value", JsonText.quote(value));
    }
    if (node.directory()) {
      field(start, "dir", "true");
    }
    if (node.expiration() != 0) {
      field(start, "expiration", JsonText.quote(time(node.expiration())));
    }
    if (node.ttlSeconds() != 0) {
      field(start, "ttl", Long.toString(node.ttlSeconds()));
    }
    if (!node.children().isEmpty()) {
      field(start, "nodes", "[");
      for (int i = 0; i < node.children().size(); i++) {
        text.append(i == 0 ? "" : ",");
        node(node.children().get(i));
      }
      text.append(']');
    }
    if (node.modifiedIndex() != 0) {
      field(start, "modifiedIndex", Long.toString(node.modifiedIndex()));
    }
    if (node.createdIndex() != 0) {
      field(start, "createdIndex", Long.toString(node.createdIndex()));
    }
    text.append('}');
  }

  private void field(int start, String name, String value) {
    text.append(text.length() == start ? "" : ",").append('"').append(name).append("\":");
    text.append(value);
  }

  /// In RFC 3339, without zeros at the end of the fraction.
  static String time(long nanos) {
    long fraction = Math.floorMod(nanos, NANOS);
    String seconds = SECONDS.format(Instant.ofEpochSecond(Math.floorDiv(nanos, NANOS)));
    if (fraction == 0) {
      return seconds + "Z";
    }
    return seconds + "." + "%09d".formatted(fraction).replaceAll("0+$", "") + "Z";
  }
}
