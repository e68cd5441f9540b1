package io.kvorum.node.server;

import static io.kvorum.node.server.Calls.bytes;
import static io.kvorum.node.server.Calls.delete;
import static io.kvorum.node.server.Calls.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.CompactionRequest;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.WatchCancelRequest;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchCreateRequest.FilterType;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchProgressRequest;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchTest {
  @TempDir Path folder;
  private LocalCluster cluster;
  private LocalCluster.Node node;

  @BeforeEach
  void start() {
    cluster = LocalCluster.started(folder, 1);
    node = cluster.node(1);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  /// A client's stream: what it sends, and what has come.
  private final class Stream implements StreamObserver<WatchResponse> {
    final BlockingQueue<WatchResponse> responses = new LinkedBlockingQueue<>();
    final StreamObserver<WatchRequest> requests = node.watch().watch(this);

    @Override
    public void onNext(WatchResponse response) {
      responses.add(response);
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}

    WatchResponse next() throws InterruptedException {
      WatchResponse response = responses.poll(20, TimeUnit.SECONDS);
      assertThat(response).isNotNull();
      return response;
    }

    void create(WatchCreateRequest.Builder create) {
      requests.onNext(WatchRequest.newBuilder().setCreateRequest(create).build());
    }

    void progress() {
      requests.onNext(
          WatchRequest.newBuilder()
              .setProgressRequest(WatchProgressRequest.getDefaultInstance())
              .build());
    }
  }

  /// Clients go to another member when the stop begins, not when it is over.
  @Test
  void memberThatStops_endsItsStreamsFirst() throws Exception {
    var ends = new LinkedBlockingQueue<Status>();
    ManagedChannel channel = NettyChannelBuilder.forTarget(node.endpoint()).usePlaintext().build();
    try {
      var created = new CountDownLatch(1);
      var requests =
          WatchGrpc.newStub(channel)
              .watch(
                  new StreamObserver<WatchResponse>() {
                    @Override
                    public void onNext(WatchResponse response) {
                      created.countDown();
                    }

                    @Override
                    public void onError(Throwable failure) {
                      ends.add(Status.fromThrowable(failure));
                    }

                    @Override
                    public void onCompleted() {}
                  });
      requests.onNext(WatchRequest.newBuilder().setCreateRequest(key("a")).build());
      assertThat(created.await(20, TimeUnit.SECONDS)).isTrue();
      node.stop();
      Status end = ends.poll(20, TimeUnit.SECONDS);
      assertThat(end).isNotNull();
      assertThat(end.getCode() + " " + end.getDescription())
          .isEqualTo("UNAVAILABLE etcdserver: server stopped");
    } finally {
      channel.shutdownNow();
    }
  }

  private static WatchCreateRequest.Builder prefix(String prefix) {
    String end =
        prefix.substring(0, prefix.length() - 1) + (char) (prefix.charAt(prefix.length() - 1) + 1);
    return WatchCreateRequest.newBuilder().setKey(bytes(prefix)).setRangeEnd(bytes(end));
  }

  private static WatchCreateRequest.Builder key(String key) {
    return WatchCreateRequest.newBuilder().setKey(bytes(key));
  }

  private static String text(WatchResponse response) {
    var text = new StringBuilder("rev=" + response.getHeader().getRevision());
    for (Event event : response.getEventsList()) {
      text.append(' ')
          .append(event.getType())
          .append(' ')
          .append(event.getKv().getKey().toStringUtf8())
          .append('@')
          .append(event.getKv().getModRevision());
      if (event.hasPrevKv()) {
        text.append(" was ").append(event.getPrevKv().getValue().toStringUtf8());
      }
    }
    return text.toString();
  }

  @Test
  void eventsComeInOrder_toExactKeysAndRanges() throws Exception {
    var stream = new Stream();
    stream.create(key("a/1").setPrevKv(true));
    stream.create(prefix("a/"));
    assertThat(stream.next().getCreated()).isTrue();
    WatchResponse second = stream.next();
    assertThat(second.getCreated()).isTrue();
    assertThat(second.getWatchId()).isEqualTo(1);
    assertThat(second.getHeader().getRevision()).isEqualTo(1);
    put(node, "a/1", "one");
    put(node, "b", "elsewhere");
    put(node, "a/2", "two");
    delete(node, "a/1");
    var exact = new ArrayList<String>();
    var ranged = new ArrayList<String>();
    while (exact.size() < 2 || ranged.size() < 3) {
      WatchResponse response = stream.next();
      (response.getWatchId() == 0 ? exact : ranged).add(text(response));
    }
    assertThat(exact).containsExactly("rev=2 PUT a/1@2", "rev=5 DELETE a/1@5 was one");
    assertThat(ranged).containsExactly("rev=2 PUT a/1@2", "rev=4 PUT a/2@4", "rev=5 DELETE a/1@5");
  }

  @Test
  void oneRevisionComesInOneResponse() throws Exception {
    var stream = new Stream();
    stream.create(prefix("t/"));
    stream.next();
    node.kv()
        .txn(
            TxnRequest.newBuilder()
                .addSuccess(putOp("t/1"))
                .addSuccess(putOp("t/2"))
                .addSuccess(putOp("t/3"))
                .build());
    assertThat(text(stream.next())).isEqualTo("rev=2 PUT t/1@2 PUT t/2@2 PUT t/3@2");
  }

  private static RequestOp putOp(String key) {
    return RequestOp.newBuilder()
        .setRequestPut(PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes("v")))
        .build();
  }

  @Test
  void historyIsReplayedFromTheStartRevision() throws Exception {
    for (int i = 0; i < 1_300; i++) {
      put(node, "h/" + i % 7, "v" + i);
    }
    var stream = new Stream();
    stream.create(prefix("h/").setStartRevision(2));
    stream.create(key("h/3").setStartRevision(1_000));
    put(node, "h/0", "last");
    var revisions = new ArrayList<Long>();
    var exact = new ArrayList<Long>();
    while (revisions.size() < 1_301 || exact.size() < 43) {
      WatchResponse response = stream.next();
      List<Long> seen = response.getWatchId() == 0 ? revisions : exact;
      response.getEventsList().forEach(event -> seen.add(event.getKv().getModRevision()));
    }
    assertThat(revisions).hasSize(1_301).isSorted().doesNotHaveDuplicates();
    assertThat(revisions.getFirst()).isEqualTo(2);
    assertThat(exact).isSorted().doesNotHaveDuplicates();
    assertThat(exact.getFirst()).isBetween(1_000L, 1_007L);
  }

  @Test
  void futureStartHearsNothingEarlier() throws Exception {
    var stream = new Stream();
    stream.create(key("f").setStartRevision(4));
    stream.next();
    put(node, "f", "two");
    put(node, "f", "three");
    put(node, "f", "four");
    assertThat(text(stream.next())).isEqualTo("rev=4 PUT f@4");
  }

  @Test
  void filtersLeaveOutEvents() throws Exception {
    var stream = new Stream();
    stream.create(key("f").addFilters(FilterType.NOPUT));
    stream.create(key("f").addFilters(FilterType.NODELETE));
    stream.next();
    stream.next();
    put(node, "f", "x");
    delete(node, "f");
    WatchResponse first = stream.next();
    WatchResponse second = stream.next();
    assertThat(first.getWatchId()).isEqualTo(1);
    assertThat(text(first)).isEqualTo("rev=2 PUT f@2");
    assertThat(second.getWatchId()).isEqualTo(0);
    assertThat(text(second)).isEqualTo("rev=3 DELETE f@3");
  }

  @Test
  void compactedStartIsCancelled() throws Exception {
    for (int i = 0; i < 5; i++) {
      put(node, "c", "v" + i);
    }
    var _ = node.kv().compact(CompactionRequest.newBuilder().setRevision(4).build());
    var stream = new Stream();
    stream.create(key("c").setStartRevision(3));
    assertThat(stream.next().getCreated()).isTrue();
    WatchResponse cancelled = stream.next();
    assertThat(cancelled.getCanceled()).isTrue();
    assertThat(cancelled.getCompactRevision()).isEqualTo(4);
    assertThat(cancelled.getCancelReason()).isEmpty();
    assertThat(cancelled.getHeader().getRevision()).isZero();
    stream.create(key("c").setStartRevision(4));
    assertThat(stream.next().getCreated()).isTrue();
    assertThat(text(stream.next())).isEqualTo("rev=6 PUT c@4 PUT c@5 PUT c@6");
  }

  @Test
  void wrongRequestsAreRefusedInTheStream() throws Exception {
    var stream = new Stream();
    stream.create(key("b").setRangeEnd(bytes("a")));
    assertRefused(stream.next(), "mvcc: watcher range is empty");
    stream.create(key("b").setStartRevision(-1));
    assertRefused(stream.next(), "etcdserver: mvcc: required revision has been compacted");
    stream.create(key("b").setWatchId(7));
    assertThat(stream.next().getWatchId()).isEqualTo(7);
    stream.create(key("b").setWatchId(7));
    assertRefused(stream.next(), "mvcc: duplicate watch ID provided on the WatchStream");
  }

  private static void assertRefused(WatchResponse response, String reason) {
    assertThat(response.getCreated()).isTrue();
    assertThat(response.getCanceled()).isTrue();
    assertThat(response.getWatchId()).isEqualTo(-1);
    assertThat(response.getCancelReason()).isEqualTo(reason);
  }

  @Test
  void progressFollowsTheEvents() throws Exception {
    var stream = new Stream();
    stream.progress();
    stream.create(key("p"));
    assertThat(stream.next().getCreated()).isTrue();
    put(node, "p", "1");
    put(node, "elsewhere", "2");
    stream.progress();
    assertThat(text(stream.next())).startsWith("rev=2 PUT p@2");
    WatchResponse progress = stream.next();
    assertThat(progress.getWatchId()).isEqualTo(-1);
    assertThat(text(progress)).isEqualTo("rev=3");
  }

  @Test
  void idleWatcherIsToldTheRevision() throws Exception {
    var stream = new Stream();
    stream.create(key("idle").setProgressNotify(true));
    stream.next();
    put(node, "elsewhere", "x");
    WatchResponse progress = stream.next();
    assertThat(progress.getWatchId()).isEqualTo(0);
    assertThat(progress.getEventsCount()).isZero();
    assertThat(progress.getHeader().getRevision()).isEqualTo(2);
  }

  @Test
  void cancelledWatcherHearsNothingMore() throws Exception {
    var stream = new Stream();
    stream.create(key("x"));
    stream.next();
    stream.requests.onNext(
        WatchRequest.newBuilder()
            .setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(0))
            .build());
    WatchResponse cancelled = stream.next();
    assertThat(cancelled.getCanceled()).isTrue();
    assertThat(cancelled.getCompactRevision()).isZero();
    put(node, "x", "y");
    stream.create(key("x").setStartRevision(2));
    assertThat(stream.next().getWatchId()).isEqualTo(1);
    assertThat(text(stream.next())).isEqualTo("rev=2 PUT x@2");
  }
}
