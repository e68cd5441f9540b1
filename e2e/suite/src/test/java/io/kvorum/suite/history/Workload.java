package io.kvorum.suite.history;

import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Clients that write, compare, delete and read overlapping keys through different members until
/// stopped, each recording every operation it began.
///
/// A client stays with a member for some operations, or until one fails there, then takes the next
/// of the endpoints that exist by then.
public final class Workload {

  private static final int OPERATIONS_PER_VISIT = 50;
  private static final long PAUSE_AFTER_FAILURE_NANOS = 50_000_000;
  private static final long POLL_MILLIS = 1_000;
  private static final Duration BOUND = Duration.ofSeconds(90);

  private final Function<String, StoreClient> connect;
  private final Supplier<List<String>> endpoints;
  private final String prefix;
  private final Duration pause;
  private final History history = new History();
  private final AtomicLong acknowledged = new AtomicLong();
  private final List<Thread> clients = new ArrayList<>();
  private final List<Leaseholder> leaseholders = new ArrayList<>();
  private final List<Watcher> watchers = new ArrayList<>();
  private volatile boolean stopping;

  private Workload(
      Function<String, StoreClient> connect,
      Supplier<List<String>> endpoints,
      String prefix,
      Duration pause) {
    this.connect = connect;
    this.endpoints = endpoints;
    this.prefix = prefix;
    this.pause = pause;
  }

  /// Starts `clients` clients on keys below `prefix`; `endpoints` gives the members of the moment.
  public static Workload start(int clients, String prefix, Supplier<List<String>> endpoints) {
    return start(clients, prefix, Duration.ZERO, endpoints);
  }

  /// As above, with a pause between the operations of a client: for tests of something else that
  /// needs the machine, too.
  public static Workload start(
      int clients, String prefix, Duration pause, Supplier<List<String>> endpoints) {
    return start(clients, prefix, pause, endpoints, StoreClient::new);
  }

  /// As above; `connect` makes a client of an endpoint.
  public static Workload start(
      int clients,
      String prefix,
      Duration pause,
      Supplier<List<String>> endpoints,
      Function<String, StoreClient> connect) {
    var workload = new Workload(connect, endpoints, prefix, pause);
    for (int i = 0; i < clients; i++) {
      var requests = new Requests(i, prefix, false);
      workload.run(i, client -> workload.visit(client, requests));
    }
    return workload;
  }

  /// Everything that clients do: as above, and reads of old revisions, leases, and watchers. The
  /// store's history must not be compacted.
  ///
  /// @param clients how many; for each four of them there is a lease holder and a watcher
  public static Workload startAll(
      int clients,
      String prefix,
      Duration pause,
      Supplier<List<String>> endpoints,
      Function<String, StoreClient> connect) {
    var workload = new Workload(connect, endpoints, prefix, pause);
    for (int i = 0; i < clients; i++) {
      var requests = new Requests(i, prefix, true);
      workload.run(i, client -> workload.visit(client, requests));
    }
    for (int i = 0; i <= clients / 4; i++) {
      var holder = new Leaseholder(i, prefix, new SplittableRandom(i), workload.history);
      workload.leaseholders.add(holder);
      workload.run(i, holder::live);
      workload.watchers.add(Watcher.start(i, workload.watched(), workload::anyClient));
    }
    return workload;
  }

  /// How many writes were acknowledged so far.
  public long acknowledged() {
    return acknowledged.get();
  }

  /// Ends all clients after the operation each has under way.
  public void stop() throws InterruptedException {
    stopping = true;
    for (Thread client : clients) {
      client.join();
    }
  }

  /// Call after `stop`: reads the record of changes at each member, which must be the same, and
  /// judges by it what all clients were told.
  public List<String> violations(List<String> members) throws Exception {
    awaitLeases(members.getFirst());
    List<Change> record = record(members.getFirst());
    var found = new ArrayList<String>();
    for (String member : members.subList(1, members.size())) {
      if (!record(member).equals(record)) {
        found.add(member + " has another record than " + members.getFirst());
      }
    }
    found.addAll(Judge.violations(testimony(record), record));
    return found;
  }

  /// What a client of one member may be made to believe: serializable reads there, recorded as if
  /// they were linearizable. It must not pass the judge where the member lags.
  public void falsify(String member, int reads) {
    try (var client = connect.apply(member)) {
      for (int i = 0; i < reads; i++) {
        var _ = history.performFalsified(client, "%sk%02d".formatted(prefix, i));
      }
    }
  }

  /// How often each kind of result was seen, for the test's own report.
  public String summary() {
    List<Operation> operations = history.operations();
    long unknown = operations.stream().filter(o -> o.result() instanceof Operation.Unknown).count();
    return "%d operations, %d writes acknowledged, %d outcomes unknown, %d leases"
        .formatted(operations.size(), acknowledged.get(), unknown, lives().size());
  }

  /// What became of operations whose outcome is unknown.
  public List<String> failures() {
    return history.operations().stream()
        .map(Operation::result)
        .filter(Operation.Unknown.class::isInstance)
        .map(Object::toString)
        .distinct()
        .toList();
  }

  private List<LeaseLife> lives() {
    return leaseholders.stream().flatMap(holder -> holder.lives().stream()).toList();
  }

  /// A client that visits one member after the other; `visit` says whether that one answered.
  private void run(int number, Function<StoreClient, Boolean> visit) {
    clients.add(
        Thread.ofVirtual()
            .start(() -> {
              for (int at = number; !stopping; at++) {
                List<String> members = endpoints.get();
                boolean answered = false;
                if (!members.isEmpty()) {
                  try (var client = connect.apply(members.get(at % members.size()))) {
                    answered = visit.apply(client);
                  }
                }
                if (!answered) {
                  LockSupport.parkNanos(PAUSE_AFTER_FAILURE_NANOS);
                }
              }
            }));
  }

  private boolean visit(StoreClient client, Requests requests) {
    for (int i = 0; i < OPERATIONS_PER_VISIT && !stopping; i++) {
      Operation.Request request = requests.next();
      Operation.Result result = history.perform(client, request);
      requests.heard(request, result);
      switch (result) {
        case Operation.Written _ -> acknowledged.incrementAndGet();
        case Operation.Unknown _ -> {
          return false;
        }
        case Operation.Seen _, Operation.Refused _ -> {}
      }
      LockSupport.parkNanos(pause.toNanos());
    }
    return true;
  }

  private @Nullable StoreClient anyClient(RandomGenerator random) {
    List<String> members = endpoints.get();
    return members.isEmpty() ? null : connect.apply(members.get(random.nextInt(members.size())));
  }

  /// All keys but the mark that ends the record: `k` and a number, and `lease/`.
  private Span watched() {
    return new Span(prefix + "k", prefix + "m");
  }

  private void awaitLeases(String member) {
    if (leaseholders.isEmpty()) {
      return;
    }
    var leased = new Operation.Read(Span.below(prefix + "lease/"), false, 0, 0);
    try (var client = connect.apply(member)) {
      Await.until(
          "leases that nobody renews end",
          BOUND,
          () -> client.ask(leased) instanceof Operation.Seen seen && seen.count() == 0);
    }
  }

  private Testimony testimony(List<Change> record) throws InterruptedException {
    long last = record.isEmpty() ? 0 : record.getLast().revision();
    var watches = new ArrayList<Watching>();
    for (Watcher watcher : watchers) {
      Await.until("the watcher has seen all, up to " + last, BOUND, () -> watcher.seen() >= last);
      watches.add(watcher.stop());
    }
    return new Testimony(history.operations(), lives(), watches);
  }

  /// Every change since the store began, as the member's watch tells it up to a fresh write.
  private List<Change> record(String endpoint) throws InterruptedException {
    try (var client = connect.apply(endpoint)) {
      String mark = prefix + "end";
      long end = client.put(mark, "end-of-record");
      var changes = new ArrayList<Change>();
      try (var stream = new WatchStream(client, Span.below(prefix), 1)) {
        long deadline = System.nanoTime() + BOUND.toNanos();
        while (changes.isEmpty() || changes.getLast().revision() < end) {
          switch (stream.poll(POLL_MILLIS)) {
            case WatchStream.Next.Response(WatchResponse response, _) -> {
              if (response.getCanceled()) {
                throw new IllegalStateException("watch canceled: " + response);
              }
              changes.addAll(WatchStream.changes(response));
            }
            case WatchStream.Next.End(Throwable failure) ->
                throw new IllegalStateException("the watch ended early", failure);
            case null -> {
              if (System.nanoTime() > deadline) {
                throw new AssertionError("no end of the record of " + endpoint);
              }
            }
          }
        }
      }
      changes.removeIf(change -> change.key().equals(mark) || change.revision() > end);
      return changes;
    }
  }
}
