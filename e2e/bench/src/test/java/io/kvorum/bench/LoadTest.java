package io.kvorum.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.PutResponse;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The load program against a server of the test's own.
class LoadTest {

  private static final Keys TEN_KEYS = new Keys(4, 10, true);

  private final Map<ByteString, ByteString> store = new ConcurrentHashMap<>();
  private final AtomicInteger puts = new AtomicInteger();
  private volatile boolean refusing;

  @SuppressWarnings("NullAway.Init")
  private Server server;

  @BeforeEach
  void start() throws Exception {
    Logging.quiet();
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server = NettyServerBuilder.forAddress(address).addService(new Kv()).build().start();
  }

  @AfterEach
  void stop() {
    server.shutdownNow();
  }

  private final class Kv extends KVGrpc.KVImplBase {
    @Override
    public void put(PutRequest request, StreamObserver<PutResponse> observer) {
      if (refusing) {
        observer.onError(Status.RESOURCE_EXHAUSTED.withDescription("too many").asException());
        return;
      }
      puts.incrementAndGet();
      store.put(request.getKey(), request.getValue());
      observer.onNext(PutResponse.getDefaultInstance());
      observer.onCompleted();
    }

    @Override
    public void range(RangeRequest request, StreamObserver<RangeResponse> observer) {
      var response = RangeResponse.newBuilder();
      ByteString value = store.get(request.getKey());
      if (value != null) {
        response.addKvs(KeyValue.newBuilder().setKey(request.getKey()).setValue(value));
      }
      observer.onNext(response.build());
      observer.onCompleted();
    }
  }

  private Outcome run(Requests requests, Plan plan) {
    var endpoint = new Endpoint("127.0.0.1", server.getPort());
    try (var connections = new Connections(List.of(endpoint), 2)) {
      connections.open();
      return Load.unary(connections, plan, requests).run();
    }
  }

  @Test
  void exactlyAsManyRequestsAsWantedAreSent() {
    Outcome outcome = run(Requests.put(TEN_KEYS, 256), Plan.of(7, 1_000));

    assertThat(outcome.errors()).isEmpty();
    assertThat(outcome.latencies().total()).isEqualTo(1_000);
    assertThat(puts).hasValue(1_000);
    assertThat(store).hasSize(10).containsKey(ByteString.copyFromUtf8("0009"));
    assertThat(store.values()).allSatisfy(value -> assertThat(value.size()).isEqualTo(256));
  }

  @Test
  void readsFindWhatWasWritten() {
    run(Requests.put(TEN_KEYS, 8), Plan.of(1, 10));

    Outcome outcome = run(Requests.range(TEN_KEYS, true), Plan.of(3, 100));

    assertThat(outcome.errors()).isEmpty();
    assertThat(outcome.latencies().total()).isEqualTo(100);
  }

  @Test
  void missingKeysAreErrors() {
    Outcome outcome = run(Requests.range(TEN_KEYS, true), Plan.of(1, 5));

    assertThat(outcome.errors())
        .containsExactly(
            Map.entry("the key is not there (put --sequential-keys writes the key space)", 5L));
  }

  @Test
  void refusedRequestsAreCountedByStatus() {
    refusing = true;

    Outcome outcome = run(Requests.put(TEN_KEYS, 8), Plan.of(2, 6));

    assertThat(outcome.latencies().total()).isZero();
    assertThat(outcome.errors()).containsExactly(Map.entry("RESOURCE_EXHAUSTED: too many", 6L));
  }

  @Test
  void aLimitedRateSpreadsTheRequests() {
    Outcome outcome = run(Requests.put(TEN_KEYS, 8), new Plan(10, 101, Duration.ZERO, 200));

    assertThat(outcome.seconds()).isGreaterThan(0.49);
  }

  @Test
  void aDurationEndsTheLoad() {
    Outcome outcome = run(Requests.put(TEN_KEYS, 8), new Plan(2, 0, Duration.ofMillis(300), 0));

    assertThat(outcome.seconds()).isBetween(0.3, 20.0);
    assertThat(outcome.latencies().total()).isEqualTo(puts.get());
  }

  @Test
  void wrongNumbersAreNamed() {
    assertThatThrownBy(() -> new Keys(2, 1_000, false))
        .hasMessage("--key-size 2 is too small for --key-space-size 1000: 3 bytes are needed");
    assertThatThrownBy(() -> Endpoint.parse("host"))
        .hasMessageStartingWith("--endpoints: 'host' is no endpoint");
    assertThat(Endpoint.parse("http://127.0.0.1:2379")).hasToString("127.0.0.1:2379");
  }
}
