package io.kvorum.node.server.peer;

import io.grpc.Metadata;
import io.kvorum.node.core.raft.MemberId;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What stands in the headers of calls between members: who calls whom, in which cluster, and in
/// which version of the protocol.
final class PeerHeaders {
  static final int PROTOCOL = 1;

  private static final Metadata.Key<String> PROTOCOL_KEY = key("kvorum-protocol");
  private static final Metadata.Key<String> CLUSTER = key("kvorum-cluster");
  private static final Metadata.Key<String> FROM = key("kvorum-from");
  private static final Metadata.Key<String> TO = key("kvorum-to");
  private static final Metadata.Key<String> URLS = key("kvorum-urls");
  private static final Metadata.Key<String> REFUSAL = key("kvorum-refusal");

  private PeerHeaders() {}

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  /// The sender of a call, and whom it takes the receiver for.
  record Sender(int protocol, long clusterId, MemberId from, MemberId to, List<String> urls) {
    Sender {
      urls = List.copyOf(urls);
    }
  }

  /// Why a member refuses another one's call.
  enum Refusal {
    PROTOCOL,
    CLUSTER,
    RECEIVER,
    REMOVED;

    private String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Metadata write(Sender sender) {
    var headers = new Metadata();
    headers.put(PROTOCOL_KEY, Integer.toString(sender.protocol()));
    headers.put(CLUSTER, Long.toHexString(sender.clusterId()));
    headers.put(FROM, sender.from().toString());
    headers.put(TO, sender.to().toString());
    headers.put(URLS, String.join(",", sender.urls()));
    return headers;
  }

  /// Null if the call names no sender, as one of a member that wants to join.
  static @Nullable Sender read(Metadata headers) {
    String protocol = headers.get(PROTOCOL_KEY);
    String cluster = headers.get(CLUSTER);
    String from = headers.get(FROM);
    String to = headers.get(TO);
    String urls = headers.get(URLS);
    if (protocol == null || cluster == null || from == null || to == null) {
      return null;
    }
    try {
      return new Sender(
          Integer.parseInt(protocol),
          Long.parseUnsignedLong(cluster, 16),
          MemberId.parse(from),
          MemberId.parse(to),
          urls == null || urls.isEmpty() ? List.of() : List.of(urls.split(",", -1)));
    } catch (NumberFormatException malformed) {
      return null;
    }
  }

  static Metadata refusal(Refusal refusal) {
    var trailers = new Metadata();
    trailers.put(REFUSAL, refusal.text());
    return trailers;
  }

  /// Why the other side refused, if it said so.
  static @Nullable Refusal readRefusal(@Nullable Metadata trailers) {
    String text = trailers == null ? null : trailers.get(REFUSAL);
    if (text != null) {
      for (Refusal refusal : Refusal.values()) {
        if (refusal.text().equals(text)) {
          return refusal;
        }
      }
    }
    return null;
  }
}
