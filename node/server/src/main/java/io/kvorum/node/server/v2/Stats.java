package io.kvorum.node.server.v2;

import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.api.PeerCounters;
import io.kvorum.node.server.api.Timings;
import io.kvorum.node.server.http.JsonText;
import java.util.Arrays;
import java.util.StringJoiner;
import java.util.function.LongSupplier;

/// What `/v2/stats` says of this member and of those it leads.
final class Stats {

  private static final long NANOS = 1_000_000_000;
  private static final double MILLIS = 1_000;

  private final Backend backend;
  private final String name;
  private final LongSupplier nanosNow;
  private final long started;
  private long leader;
  private long leadingSince;

  Stats(Backend backend, String name, LongSupplier nanosNow) {
    this.backend = backend;
    this.name = name;
    this.nanosNow = nanosNow;
    started = nanosNow.getAsLong();
    leadingSince = started;
  }

  static String id(long id) {
    return Long.toHexString(id);
  }

  /// Whom this member follows, and since when it knows.
  synchronized void look() {
    long now = backend.leader().memberId();
    if (now != leader) {
      leader = now;
      leadingSince = nanosNow.getAsLong();
    }
  }

  synchronized String self() {
    look();
    boolean leads = leader == backend.memberId();
    return "{\"name\":%s,\"id\":\"%s\",\"state\":\"%s\",\"startTime\":\"%s\",\"leaderInfo\":{\"leader\":\"%s\",\"uptime\":\"%s\",\"startTime\":\"%s\"}}"
        .formatted(
            JsonText.quote(name),
            id(backend.memberId()),
            leads ? "StateLeader" : "StateFollower",
            EventText.time(started),
            leader == 0 ? "" : id(leader),
            duration(nanosNow.getAsLong() - leadingSince),
            EventText.time(leadingSince));
  }

  /// As in "1h2m3.4s".
  private static String duration(long nanos) {
    long seconds = nanos / NANOS;
    long hours = seconds / 3_600;
    long minutes = seconds / 60 % 60;
    String rest = "%d.%09d".formatted(seconds % 60, nanos % NANOS).replaceAll("\\.?0+$", "") + "s";
    if (hours > 0) {
      return hours + "h" + minutes + "m" + rest;
    }
    return minutes > 0 ? minutes + "m" + rest : rest;
  }

  boolean leads() {
    return backend.leader().memberId() == backend.memberId();
  }

  /// The others, as the leader's heartbeats find them; times in milliseconds.
  String followers() {
    var followers = new StringJoiner(",", "{", "}");
    for (long id : backend.cluster().members().keySet().stream().map(m -> m.value()).toList()) {
      if (id != backend.memberId()) {
        followers.add("\"" + id(id) + "\":" + follower(backend.counters().peer(id)));
      }
    }
    return "{\"leader\":\"%s\",\"followers\":%s}".formatted(id(backend.memberId()), followers);
  }

  private static String follower(PeerCounters counters) {
    Timings.Read trips = counters.roundTrips.read();
    long count = Arrays.stream(trips.counts()).sum();
    double average = count == 0 ? 0 : trips.sumSeconds() * MILLIS / count;
    return "{\"latency\":{\"average\":%s},\"counts\":{\"fail\":%d,\"success\":%d}}"
        .formatted(average, counters.messagesDropped.sum(), count);
  }
}
