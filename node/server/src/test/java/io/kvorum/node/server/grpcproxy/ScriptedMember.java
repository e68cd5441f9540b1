package io.kvorum.node.server.grpcproxy;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import io.kvorum.node.proto.mvcc.KeyValue;
import io.kvorum.testkit.Loopback;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// A member that says what a test has it say: so what a proxy does when members are slow, lost or
/// strange happens each time.
final class ScriptedMember implements AutoCloseable {

  private static final int PORT = 2379;
  private static final int BOUND_SECONDS = 20;

  /// Reads that have come.
  final AtomicInteger reads = new AtomicInteger();

  /// Renewals that have come to their turn.
  final AtomicInteger renewals = new AtomicInteger();

  private final String address = Loopback.next(PORT);
  private final BlockingQueue<WatchTalk> watches = new LinkedBlockingQueue<>();
  private final Server server;

  /// What becomes of a renewal whose turn it is on its stream.
  interface Renewing {
    void asked(LeaseTalk talk, long lease);
  }

  ScriptedMember() {
    this((talk, _) -> talk.renewed());
  }

  ScriptedMember(Renewing renewing) {
    try {
      server =
          NettyServerBuilder.forAddress(new InetSocketAddress(address, PORT))
              .addService(new Leases(renewing))
              .addService(new Watches())
              .addService(new Keys())
              .addService(new HealthStatusManager().getHealthService())
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String endpoint() {
    return address + ":" + PORT;
  }

  /// The next stream of watches that the proxy opens.
  WatchTalk nextWatches() {
    return within(watches, "no stream of watches");
  }

  static <T> T within(BlockingQueue<T> queue, String otherwise) {
    try {
      T next = queue.poll(BOUND_SECONDS, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError(otherwise);
      }
      return next;
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  // ---- Leases

  private final class Leases extends LeaseGrpc.LeaseImplBase {
    private final Renewing renewing;

    Leases(Renewing renewing) {
      this.renewing = renewing;
    }

    @Override
    public StreamObserver<LeaseKeepAliveRequest> leaseKeepAlive(
        StreamObserver<LeaseKeepAliveResponse> client) {
      return new LeaseTalk(renewing, client);
    }
  }

  /// A stream of renewals: one at a time, as members do it.
  final class LeaseTalk implements StreamObserver<LeaseKeepAliveRequest> {
    private final Renewing renewing;
    private final StreamObserver<LeaseKeepAliveResponse> client;
    private final ArrayDeque<Long> waiting = new ArrayDeque<>();
    private boolean over;

    LeaseTalk(Renewing renewing, StreamObserver<LeaseKeepAliveResponse> client) {
      this.renewing = renewing;
      this.client = client;
    }

    @Override
    public synchronized void onNext(LeaseKeepAliveRequest request) {
      waiting.add(request.getID());
      if (waiting.size() == 1) {
        turn();
      }
    }

    private void turn() {
      renewals.incrementAndGet();
      renewing.asked(this, waiting.element());
    }

    /// Answers the one whose turn it is.
    synchronized void renewed() {
      if (over) {
        return;
      }
      client.onNext(LeaseKeepAliveResponse.newBuilder().setID(waiting.remove()).setTTL(60).build());
      if (!waiting.isEmpty()) {
        turn();
      }
    }

    synchronized void end(Status status) {
      over = true;
      client.onError(status.asRuntimeException());
    }

    @Override
    public synchronized void onError(Throwable failure) {
      over = true;
    }

    @Override
    public synchronized void onCompleted() {
      over = true;
      client.onCompleted();
    }
  }

  // ---- Watches

  private final class Watches extends WatchGrpc.WatchImplBase {
    @Override
    public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> client) {
      var talk = new WatchTalk(client);
      watches.add(talk);
      return talk;
    }
  }

  /// A stream of watches, as the test goes on with it.
  static final class WatchTalk implements StreamObserver<WatchRequest> {
    private final StreamObserver<WatchResponse> client;
    private final BlockingQueue<WatchRequest> requests = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> left = new LinkedBlockingQueue<>();
    private long progress;

    WatchTalk(StreamObserver<WatchResponse> client) {
      this.client = client;
    }

    @Override
    public synchronized void onNext(WatchRequest request) {
      if (request.hasProgressRequest() && progress > 0) {
        progress(progress);
      } else {
        requests.add(request);
      }
    }

    WatchRequest next() {
      return within(requests, "no request");
    }

    /// The next watch that is to be created; what else the proxy asks before is passed over.
    WatchCreateRequest nextCreate() {
      WatchRequest request = next();
      while (!request.hasCreateRequest()) {
        request = next();
      }
      return request.getCreateRequest();
    }

    void awaitProgressRequest() {
      while (!next().hasProgressRequest()) {
        // Creations and cancellations come before.
      }
    }

    /// Answers every question about progress from now on, and those that have been asked.
    synchronized void alwaysAtRevision(long revision) {
      progress = revision;
      progress(revision);
    }

    synchronized void say(WatchResponse.Builder answer) {
      client.onNext(answer.build());
    }

    private static WatchResponse.Builder answer(long id, long revision) {
      return WatchResponse.newBuilder()
          .setHeader(ResponseHeader.newBuilder().setRevision(revision))
          .setWatchId(id);
    }

    void created(long id, long revision) {
      say(answer(id, revision).setCreated(true));
    }

    void compacted(long id, long revision) {
      say(answer(id, 0).setCanceled(true).setCompactRevision(revision));
    }

    /// An event of a revision, while the store is at another one.
    void event(long id, long revision, long newest) {
      say(answer(id, newest).addEvents(event(revision)));
    }

    /// One of the events of a revision.
    void part(long id, long revision) {
      say(answer(id, revision).addEvents(event(revision)).setFragment(true));
    }

    /// Progress of one watch, or the end of a revision that came in parts.
    void nothing(long id, long revision) {
      say(answer(id, revision));
    }

    void progress(long revision) {
      say(answer(-1, revision));
    }

    private static Event event(long revision) {
      return Event.newBuilder().setKv(KeyValue.newBuilder().setModRevision(revision)).build();
    }

    synchronized void end(Status status) {
      client.onError(status.asRuntimeException());
    }

    void awaitLeft() {
      String _ = within(left, "the stream is still open");
    }

    @Override
    public void onError(Throwable failure) {
      left.add("cancelled");
    }

    @Override
    public void onCompleted() {
      left.add("completed");
    }
  }

  // ---- Keys

  private final class Keys extends KVGrpc.KVImplBase {
    @Override
    public void range(RangeRequest request, StreamObserver<RangeResponse> client) {
      reads.incrementAndGet();
      client.onNext(
          RangeResponse.newBuilder().setHeader(ResponseHeader.newBuilder().setRevision(1)).build());
      client.onCompleted();
    }
  }

  /// The header by which a caller insists on a leader.
  static Metadata leader() {
    var headers = new Metadata();
    headers.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
    return headers;
  }
}
