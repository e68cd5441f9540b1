package io.kvorum.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.PutResponse;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Watchers against a server of the test's own, which can do what a watch must not.
class WatchLoadTest {

  private static final Keys THREE_KEYS = new Keys(4, 3, true);

  private record Watcher(ByteString key, long id, StreamObserver<WatchResponse> stream) {}

  private final List<Watcher> watchers = new ArrayList<>();
  private long revision = 1;
  private volatile boolean repeating;

  @SuppressWarnings("NullAway.Init")
  private Server server;

  @BeforeEach
  void start() throws Exception {
    Logging.quiet();
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        NettyServerBuilder.forAddress(address)
            .addService(new Kv())
            .addService(new Watches())
            .build()
            .start();
  }

  @AfterEach
  void stop() {
    server.shutdownNow();
  }

  private final class Kv extends KVGrpc.KVImplBase {
    @Override
    public void put(PutRequest request, StreamObserver<PutResponse> observer) {
      synchronized (watchers) {
        if (!repeating) {
          revision++;
        }
        var kv =
            KeyValue.newBuilder()
                .setKey(request.getKey())
                .setModRevision(revision)
                .setValue(request.getValue());
        for (Watcher watcher : watchers) {
          if (watcher.key().equals(request.getKey())) {
            watcher.stream()
                .onNext(
                    WatchResponse.newBuilder()
                        .setWatchId(watcher.id())
                        .addEvents(Event.newBuilder().setKv(kv))
                        .build());
          }
        }
      }
      observer.onNext(PutResponse.getDefaultInstance());
      observer.onCompleted();
    }

    @Override
    public void range(RangeRequest request, StreamObserver<RangeResponse> observer) {
      observer.onNext(RangeResponse.getDefaultInstance());
      observer.onCompleted();
    }
  }

  private final class Watches extends WatchGrpc.WatchImplBase {
    @Override
    public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> stream) {
      return new StreamObserver<>() {
        @Override
        public void onNext(WatchRequest request) {
          synchronized (watchers) {
            WatchCreateRequest create = request.getCreateRequest();
            watchers.add(new Watcher(create.getKey(), create.getWatchId(), stream));
            stream.onNext(
                WatchResponse.newBuilder()
                    .setWatchId(create.getWatchId())
                    .setCreated(true)
                    .build());
          }
        }

        @Override
        public void onError(Throwable failure) {
          // The load's end: it cancels its streams.
        }

        @Override
        public void onCompleted() {
          stream.onCompleted();
        }
      };
    }
  }

  private WatchOutcome run(int watching) {
    var endpoint = List.of(new Endpoint("127.0.0.1", server.getPort()));
    try (var connections = new Connections(endpoint, 2);
        var putting = new Connections(endpoint, 1);
        var load = new WatchLoad(connections, watching, 2, THREE_KEYS)) {
      return load.run(putting, Plan.of(2, 100), 16);
    }
  }

  @Test
  void everyWatcherGetsTheEventsOfItsKey() {
    WatchOutcome outcome = run(5);

    // Keys in turn: 34 puts of the first, 33 each of the others; two watchers each of the first
    // two.
    assertThat(outcome.puts().latencies().total()).isEqualTo(100);
    assertThat(outcome.latencies().total()).isEqualTo(2 * 34 + 2 * 33 + 33);
    assertThat(outcome.faults()).isEmpty();
    assertThat(outcome.latencies().maxMillis()).isBetween(0.0, 60_000.0);
  }

  @Test
  void aRevisionThatComesTwiceIsAFault() {
    repeating = true;

    assertThat(run(1).faults()).containsKey("an event out of order, or twice");
  }
}
