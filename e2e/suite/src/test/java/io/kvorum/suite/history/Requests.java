package io.kvorum.suite.history;

import io.kvorum.suite.history.Operation.Guard;
import io.kvorum.suite.history.Operation.Put;
import io.kvorum.suite.history.Operation.Read;
import io.kvorum.suite.history.Operation.Request;
import io.kvorum.suite.history.Operation.Row;
import io.kvorum.suite.history.Operation.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;

/// What one client asks for next, drawn from its seed and from what it has seen.
final class Requests {

  private static final int KEYS = 24;
  private static final int MOST_PUTS = 3;

  private final int client;
  private final String prefix;
  private final boolean readsThePast;
  private final SplittableRandom random;
  private final Map<String, Long> modRevisions = new HashMap<>();
  private long serial;
  private long newest;

  /// @param readsThePast whether it asks for old revisions, too, which must not be compacted then
  Requests(int client, String prefix, boolean readsThePast) {
    this.client = client;
    this.prefix = prefix;
    this.readsThePast = readsThePast;
    random = new SplittableRandom(client);
  }

  Request next() {
    return switch (random.nextInt(16)) {
      case 0, 1, 2, 3 -> Write.of(put(key()));
      case 4, 5, 6 -> swap();
      case 7, 8 -> transaction();
      case 9 -> Write.deleting(random.nextBoolean() ? Span.of(key()) : span());
      case 10, 11, 12 -> Read.of(key());
      case 13 -> new Read(span(), false, 0, random.nextBoolean() ? 0 : 1 + random.nextInt(4));
      case 14 -> new Read(span(), true, 0, 0);
      default -> new Read(span(), false, readsThePast ? past() : 0, 0);
    };
  }

  private String key() {
    return "%sk%02d".formatted(prefix, random.nextInt(KEYS));
  }

  /// A few neighbouring keys.
  private Span span() {
    int from = random.nextInt(KEYS);
    int to = from + 1 + random.nextInt(4);
    return new Span("%sk%02d".formatted(prefix, from), "%sk%02d".formatted(prefix, to));
  }

  private Put put(String key) {
    return new Put(key, "c" + client + "-" + serial++);
  }

  private Write swap() {
    Put put = put(key());
    return Write.swapping(put.key(), put.value(), known(put.key()));
  }

  private long known(String key) {
    return modRevisions.getOrDefault(key, 0L);
  }

  /// Several keys at once, guarded by none to all of them, and perhaps a deletion of another one.
  private Write transaction() {
    var keys = new TreeSet<String>();
    for (int i = 0; i < MOST_PUTS; i++) {
      keys.add(key());
    }
    String deleted = key();
    var guards = new ArrayList<Guard>();
    var puts = new ArrayList<Put>();
    for (String key : keys) {
      puts.add(put(key));
      if (random.nextInt(4) == 0) {
        guards.add(new Guard(key, known(key)));
      }
    }
    boolean deletes = random.nextBoolean() && !keys.contains(deleted);
    return new Write(guards, puts, deletes ? List.of(Span.of(deleted)) : List.of());
  }

  private long past() {
    return newest == 0 ? 0 : 1 + random.nextLong(newest);
  }

  /// Learns from the answer what stands where.
  void heard(Request request, Operation.Result result) {
    newest = Math.max(newest, Evidence.told(result));
    switch (result) {
      case Operation.Written written -> {
        Write write = (Write) request;
        write.puts().forEach(put -> modRevisions.put(put.key(), written.revision()));
        write.deletes().forEach(this::forget);
      }
      case Operation.Refused refused -> {
        ((Write) request).guards().forEach(guard -> modRevisions.remove(guard.key()));
        remember(refused.rows());
      }
      case Operation.Seen seen -> {
        Read read = (Read) request;
        if (read.atRevision() == 0) {
          forget(read.span());
          remember(seen.rows());
        }
      }
      case Operation.Unknown _ -> {}
    }
  }

  private void forget(Span span) {
    modRevisions.keySet().removeIf(span::contains);
  }

  private void remember(List<Row> rows) {
    rows.forEach(row -> modRevisions.put(row.key(), row.modRevision()));
  }
}
