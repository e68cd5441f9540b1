package io.kvorum.suite.history;

import static java.util.concurrent.TimeUnit.SECONDS;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;

/// Clients that write, compare-and-set and read overlapping keys through different members until
/// stopped, each recording every operation it began.
///
/// A client stays with a member for some operations, or until one fails there, then takes the next
/// of the endpoints that exist by then. A failure of any kind makes the outcome unknown: the judge
/// allows such a write to have happened or not.
public final class Workload {

  private static final int KEYS = 24;
  private static final int OPERATIONS_PER_VISIT = 50;
  private static final long PAUSE_AFTER_FAILURE_NANOS = 20_000_000;
  private static final long RECORD_DEADLINE_SECONDS = 60;

  private final Function<String, StoreClient> connect;
  private final Supplier<List<String>> endpoints;
  private final String prefix;
  private final Duration pause;
  private final Queue<Operation> history = new ConcurrentLinkedQueue<>();
  private final AtomicLong acknowledged = new AtomicLong();
  private final List<Thread> clients = new ArrayList<>();
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
      int number = i;
      workload.clients.add(Thread.ofVirtual().start(() -> workload.runClient(number)));
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

  /// Call after `stop`: reads the record of changes through the endpoint and judges the history,
  /// then compares every key's present value, as each member gives it, with the record.
  public List<String> violations(List<String> members) throws Exception {
    List<Change> record = record(members.getFirst());
    var found = new ArrayList<>(Judge.violations(List.copyOf(history), record));
    Map<String, Change> last = new HashMap<>();
    record.forEach(change -> last.put(change.key(), change));
    for (String member : members) {
      try (var client = connect.apply(member)) {
        last.forEach((key, change) -> {
          Operation.Seen seen = client.read(key);
          var expected = new Operation.Value(change.value(), change.revision());
          if (!seen.value().equals(Optional.of(expected))) {
            found.add(member + " gives " + seen + " for " + key + ", not " + expected);
          }
        });
      }
    }
    return found;
  }

  /// How often each kind of result was seen, for the test's own report.
  public String summary() {
    long unknown = history.stream().filter(o -> o.result() instanceof Operation.Unknown).count();
    return "%d operations, %d writes acknowledged, %d outcomes unknown"
        .formatted(history.size(), acknowledged.get(), unknown);
  }

  /// What became of operations whose outcome is unknown.
  public List<String> failures() {
    return history.stream()
        .map(Operation::result)
        .filter(Operation.Unknown.class::isInstance)
        .map(Object::toString)
        .distinct()
        .toList();
  }

  private void runClient(int number) {
    var random = new SplittableRandom(number);
    Map<String, Long> seenRevisions = new HashMap<>();
    int at = number;
    long serial = 0;
    while (!stopping) {
      List<String> members = endpoints.get();
      if (members.isEmpty()) {
        LockSupport.parkNanos(PAUSE_AFTER_FAILURE_NANOS);
        continue;
      }
      try (var client = connect.apply(members.get(at % members.size()))) {
        boolean answered = true;
        for (int i = 0; i < OPERATIONS_PER_VISIT && answered && !stopping; i++) {
          String value = "c" + number + "-" + serial++;
          String key = prefix + random.nextInt(KEYS);
          Operation.Request request =
              switch (random.nextInt(4)) {
                case 0, 1 -> new Operation.Put(key, value);
                case 2 ->
                    new Operation.CompareAndSet(key, value, seenRevisions.getOrDefault(key, 0L));
                default -> new Operation.Read(key);
              };
          answered = perform(client, request, seenRevisions);
          LockSupport.parkNanos(pause.toNanos());
        }
        if (!answered) {
          LockSupport.parkNanos(PAUSE_AFTER_FAILURE_NANOS);
        }
      }
      at++;
    }
  }

  private boolean perform(
      StoreClient client, Operation.Request request, Map<String, Long> seenRevisions) {
    long invoked = System.nanoTime();
    Operation.Result result;
    try {
      result =
          switch (request) {
            case Operation.Put put -> new Operation.Written(client.put(put.key(), put.value()));
            case Operation.CompareAndSet set ->
                client.compareAndSet(set.key(), set.value(), set.expectedModRevision());
            case Operation.Read read -> client.read(read.key());
          };
    } catch (StatusRuntimeException e) {
      result = new Operation.Unknown(String.valueOf(e.getStatus()));
    }
    history.add(new Operation(request, result, invoked, System.nanoTime()));
    switch (result) {
      case Operation.Written written -> {
        acknowledged.incrementAndGet();
        seenRevisions.put(request.key(), written.revision());
      }
      case Operation.Seen seen ->
          seenRevisions.put(
              request.key(), seen.value().map(Operation.Value::modRevision).orElse(0L));
      case Operation.Refused _ -> seenRevisions.remove(request.key());
      case Operation.Unknown _ -> {
        return false;
      }
    }
    return true;
  }

  /// Every change below the prefix since the store began, read by a watch up to a fresh write.
  private List<Change> record(String endpoint) throws Exception {
    try (var client = connect.apply(endpoint)) {
      long end = client.put(prefix + "end", "end-of-record");
      var done = new CompletableFuture<List<Change>>();
      var collector = new Collector(end, done);
      StreamObserver<WatchRequest> requests =
          WatchGrpc.newStub(client.channel())
              .withDeadlineAfter(RECORD_DEADLINE_SECONDS, SECONDS)
              .watch(collector);
      ByteString from = ByteString.copyFromUtf8(prefix);
      requests.onNext(
          WatchRequest.newBuilder()
              .setCreateRequest(
                  WatchCreateRequest.newBuilder()
                      .setKey(from)
                      .setRangeEnd(prefixEnd(prefix))
                      .setStartRevision(1))
              .build());
      return done.get(RECORD_DEADLINE_SECONDS, SECONDS);
    }
  }

  private static ByteString prefixEnd(String prefix) {
    byte[] bytes = prefix.getBytes(StandardCharsets.UTF_8);
    bytes[bytes.length - 1]++;
    return ByteString.copyFrom(bytes);
  }

  /// Gathers changes until the one at revision `end`, which is not the clients' and left out.
  private static final class Collector implements StreamObserver<WatchResponse> {
    private final long end;
    private final CompletableFuture<List<Change>> done;
    private final List<Change> changes = new ArrayList<>();

    Collector(long end, CompletableFuture<List<Change>> done) {
      this.end = end;
      this.done = done;
    }

    @Override
    public void onNext(WatchResponse response) {
      if (response.getCanceled()) {
        done.completeExceptionally(new IllegalStateException("watch canceled: " + response));
      }
      for (Event event : response.getEventsList()) {
        if (event.getKv().getModRevision() == end) {
          done.complete(List.copyOf(changes));
          return;
        }
        changes.add(
            new Change(
                event.getKv().getModRevision(),
                event.getKv().getKey().toStringUtf8(),
                event.getKv().getValue().toStringUtf8()));
      }
    }

    @Override
    public void onError(Throwable t) {
      done.completeExceptionally(t);
    }

    @Override
    public void onCompleted() {
      done.completeExceptionally(new IllegalStateException("the watch ended early"));
    }
  }
}
