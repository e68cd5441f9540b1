package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.ClusterGrpc;
import io.kvorum.node.proto.etcd.CompactionRequest;
import io.kvorum.node.proto.etcd.Compare;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import io.kvorum.node.proto.etcd.MemberListRequest;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.lock.LockGrpc;
import io.kvorum.node.proto.lock.LockRequest;
import io.kvorum.node.proto.mvcc.KeyValue;
import io.kvorum.suite.history.StoreClient;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Http;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a gRPC proxy does beside passing calls on. The suites of the members run through it, too:
/// see `Setting`.
@Timeout(180)
final class ProxyTest {

  private static final Duration BOUND = Duration.ofSeconds(30);

  @TempDir private static Path folder;

  private static MemberCluster cluster;

  /// For tests that need no flags of their own.
  private static ProxyProcess proxy;

  @BeforeAll
  static void start() {
    cluster = MemberCluster.plain(Product.KVORUM, folder, 1, false);
    proxy = new ProxyProcess(folder);
    cluster.start();
    proxy.start(cluster.endpoints(), "--advertise-client-url=10.1.2.3:23790");
  }

  /// What other tests watched on the member is gone: its count says what this one does.
  @BeforeEach
  void awaitRest() {
    Await.until("nothing is watched", BOUND, () -> memberWatches() == 0 && shared() == 0);
  }

  @AfterAll
  static void stop() {
    proxy.close();
    cluster.close();
  }

  private static StoreClient direct() {
    return new StoreClient(cluster.endpoints());
  }

  // ---- Watches

  @Test
  void watchesOfTheSameKeys_shareOne_andAreToldTheSame() throws IOException {
    try (var client = new StoreClient(proxy.endpoint());
        var member = direct()) {
      long start = member.put("same/0", "0");
      var tapes = new ArrayList<WatchTape>();
      for (int i = 0; i < 30; i++) {
        // From now on, and from a revision that is past.
        tapes.add(
            new WatchTape(client.channel(), prefix("same/").setStartRevision(i % 2 * start).build())
                .awaitCreated());
      }
      Await.until("one watch on the member", BOUND, () -> memberWatches() == 1);
      Await.until("all share it", BOUND, () -> shared() == 30);
      long last = 0;
      for (int i = 1; i <= 50; i++) {
        last = member.put("same/" + i % 7, "v" + i);
      }
      for (WatchTape tape : tapes) {
        assertThat(tape.awaitRevision(last).lines())
            .as("%s", tape.request())
            .hasSize(tape.request().getStartRevision() == 0 ? 50 : 51)
            .endsWith(tapes.getFirst().lines().getLast())
            .isEqualTo(lines(tape, tapes.get(1)));
      }
      tapes.forEach(WatchTape::close);
      Await.until("no watch on the member", BOUND, () -> memberWatches() == 0);
    }
  }

  /// What a watch must have been told, by one that began earlier.
  private static List<String> lines(WatchTape tape, WatchTape earlier) {
    return earlier.lines().stream()
        .filter(line -> Long.parseLong(line.substring(0, line.indexOf(' '))) >= tape.first())
        .toList();
  }

  /// What has piled up comes in large messages.
  private static StoreClient patient() {
    return new StoreClient(
        NettyChannelBuilder.forTarget(proxy.endpoint())
            .usePlaintext()
            .maxInboundMessageSize(64 << 20)
            .build());
  }

  @Test
  void clientThatDoesNotRead_isLeftBehindAlone_andLosesNothing() throws IOException {
    try (var client = patient();
        var other = patient();
        var member = direct()) {
      var slow = new WatchTape(client.channel(), prefix("slow/").build()).awaitCreated();
      var quick = new WatchTape(other.channel(), prefix("slow/").build()).awaitCreated();
      slow.pause();
      String value = "x".repeat(64 << 10);
      long last = 0;
      for (int i = 0; i < 300; i++) {
        last = member.put("slow/" + i, value);
      }
      assertThat(quick.awaitRevision(last).lines()).hasSize(300);
      assertThat(slow.lines()).hasSizeLessThan(10);
      Await.until("it is on its own", BOUND, () -> shared() == 1);
      slow.goOn();
      assertThat(slow.awaitRevision(last).lines()).isEqualTo(quick.lines());
      assertThat(slow.streams()).isEqualTo(1);
      long more = member.put("slow/more", "");
      slow.awaitRevision(more);
      Await.until("it shares again", BOUND, () -> shared() == 2);
      slow.close();
      quick.close();
    }
  }

  @Test
  void watchThatAMemberRefuses_isRefused() {
    try (var client = new StoreClient(proxy.endpoint());
        var member = direct()) {
      long revision = member.put("refused", "");
      var _ =
          KVGrpc.newBlockingStub(client.channel())
              .compact(CompactionRequest.newBuilder().setRevision(revision).build());
      try (var old =
              new WatchTape(
                  client.channel(), prefix("refused").setStartRevision(revision - 1).build());
          var empty =
              new WatchTape(
                  client.channel(),
                  WatchCreateRequest.newBuilder()
                      .setKey(bytes("b"))
                      .setRangeEnd(bytes("a"))
                      .build())) {
        Await.until(
            "both are cancelled",
            BOUND,
            () -> old.canceled().isPresent() && empty.canceled().isPresent());
        assertThat(old.canceled().orElseThrow().getCompactRevision()).isEqualTo(revision);
        assertThat(empty.canceled().orElseThrow().getCancelReason())
            .isEqualTo("mvcc: watcher range is empty");
      }
    }
  }

  // ---- Leases

  @Test
  void renewalsOfOneLease_shareOne() throws Exception {
    try (var client = new StoreClient(proxy.endpoint())) {
      long askedBefore = metric("kvorum_grpc_proxy_renewals_asked_total");
      long sentBefore = metric("kvorum_grpc_proxy_renewals_sent_total");
      long lease =
          LeaseGrpc.newBlockingStub(client.channel())
              .leaseGrant(LeaseGrantRequest.newBuilder().setTTL(60).build())
              .getID();
      var answers = new AtomicInteger();
      var streams = new ArrayList<StreamObserver<LeaseKeepAliveRequest>>();
      for (int i = 0; i < 40; i++) {
        streams.add(
            LeaseGrpc.newStub(client.channel())
                .leaseKeepAlive(
                    new StreamObserver<>() {
                      @Override
                      public void onNext(LeaseKeepAliveResponse answer) {
                        answers.addAndGet(answer.getTTL() == 60 && answer.getID() == lease ? 1 : 0);
                      }

                      @Override
                      public void onError(Throwable failure) {}

                      @Override
                      public void onCompleted() {}
                    }));
      }
      var request = LeaseKeepAliveRequest.newBuilder().setID(lease).build();
      streams.forEach(stream -> stream.onNext(request));
      Await.until("all are renewed", BOUND, () -> answers.get() == 40);
      assertThat(metric("kvorum_grpc_proxy_renewals_asked_total") - askedBefore).isEqualTo(40);
      assertThat(metric("kvorum_grpc_proxy_renewals_sent_total") - sentBefore).isBetween(1L, 30L);
      streams.forEach(StreamObserver::onCompleted);
    }
  }

  // ---- Reads

  @Test
  void serializableReads_areKept_andNeverOlderThanAWriteThroughTheProxy() throws IOException {
    try (var client = new StoreClient(proxy.endpoint());
        var member = direct()) {
      var _ = member.put("cached", "1");
      assertThat(value(client.get("cached", true))).isEqualTo("1");
      var _ = member.put("cached", "2");
      // Nobody can tell how long that took on a slow machine: kept or read anew, never older.
      assertThat(value(client.get("cached", true))).isIn("1", "2");
      assertThat(value(client.get("cached", false))).isEqualTo("2");
      assertThat(value(client.get("cached", true))).isEqualTo("2");
      for (int i = 3; i < 40; i++) {
        var _ = client.put("cached", String.valueOf(i));
        assertThat(value(client.get("cached", true))).isEqualTo(String.valueOf(i));
        assertThat(value(client.get("cached", true))).isEqualTo(String.valueOf(i));
      }
      assertThat(metric("etcd_grpc_proxy_cache_hits_total")).isPositive();
      var _ = member.put("cached", "last");
      Await.until(
          "what is kept grows too old",
          BOUND,
          () -> value(client.get("cached", true)).equals("last"));
    }
  }

  private static String value(RangeResponse answer) {
    return answer.getKvs(0).getValue().toStringUtf8();
  }

  // ---- Namespace

  @Test
  void namespace_isBeforeEveryKeyOfTheMembers() {
    try (var inside = new ProxyProcess(folder).start(cluster.endpoints(), "--namespace=tenant/");
        var client = new StoreClient(inside.endpoint());
        var member = direct()) {
      var _ = member.put("tenan", "below");
      var _ = member.put("tenant0", "behind");
      try (var tape =
          new WatchTape(
                  client.channel(),
                  WatchCreateRequest.newBuilder()
                      .setKey(ByteString.copyFrom(new byte[1]))
                      .setRangeEnd(ByteString.copyFrom(new byte[1]))
                      .build())
              .awaitCreated()) {
        long put = client.put("a", "1");
        long other = member.put("tenant0", "behind again");
        long txn = bothChanged(client.channel()).getHeader().getRevision();
        assertThat(other).isBetween(put, txn);
        assertThat(tape.awaitRevision(txn).lines())
            .containsExactly(put + " PUT a=1", txn + " PUT b=2", txn + " DELETE a=");
      }
      assertThat(keys(client.channel(), everything())).containsExactly("b");
      assertThat(keys(member.channel(), RangeRequest.newBuilder().setKey(bytes("tenant/b"))))
          .containsExactly("tenant/b");
      assertThat(
              LockGrpc.newBlockingStub(client.channel())
                  .lock(LockRequest.newBuilder().setName(bytes("lock")).build())
                  .getKey()
                  .toStringUtf8())
          .startsWith("lock/");
      assertThat(
              keys(
                  member.channel(),
                  RangeRequest.newBuilder()
                      .setKey(bytes("tenant/lock/"))
                      .setRangeEnd(bytes("tenant/lock0"))))
          .hasSize(1);
    }
  }

  private static TxnResponse bothChanged(Channel channel) {
    TxnResponse changed =
        KVGrpc.newBlockingStub(channel)
            .txn(
                TxnRequest.newBuilder()
                    .addCompare(
                        Compare.newBuilder()
                            .setKey(bytes("a"))
                            .setTarget(Compare.CompareTarget.VALUE)
                            .setValue(bytes("1")))
                    .addSuccess(
                        RequestOp.newBuilder()
                            .setRequestPut(
                                PutRequest.newBuilder().setKey(bytes("b")).setValue(bytes("2"))))
                    .addSuccess(
                        RequestOp.newBuilder()
                            .setRequestDeleteRange(
                                DeleteRangeRequest.newBuilder().setKey(bytes("a")).setPrevKv(true)))
                    .addSuccess(RequestOp.newBuilder().setRequestRange(everything()))
                    .build());
    assertThat(changed.getSucceeded()).isTrue();
    assertThat(
            changed.getResponses(1).getResponseDeleteRange().getPrevKvs(0).getKey().toStringUtf8())
        .isEqualTo("a");
    assertThat(changed.getResponses(2).getResponseRange().getKvs(0).getKey().toStringUtf8())
        .isEqualTo("b");
    return changed;
  }

  private static RangeRequest.Builder everything() {
    return RangeRequest.newBuilder()
        .setKey(ByteString.copyFrom(new byte[1]))
        .setRangeEnd(ByteString.copyFrom(new byte[1]));
  }

  private static List<String> keys(Channel channel, RangeRequest.Builder request) {
    return KVGrpc.newBlockingStub(channel).range(request.build()).getKvsList().stream()
        .map(KeyValue::getKey)
        .map(ByteString::toStringUtf8)
        .toList();
  }

  // ---- Who is there

  @Test
  void proxiesRegister_andTheMemberListNamesThem() {
    try (var client = new StoreClient(proxy.endpoint())) {
      assertThat(listed(client.channel())).containsExactly("10.1.2.3:23790");
    }
    String[] below = {"--resolver-prefix=/proxies", "--resolver-ttl=2"};
    try (var one = new ProxyProcess(folder);
        var two = new ProxyProcess(folder)) {
      one.start(cluster.endpoints(), with(below, "--advertise-client-url=" + one.endpoint()));
      two.start(cluster.endpoints(), with(below, "--advertise-client-url=" + two.endpoint()));
      try (var client = new StoreClient(one.endpoint())) {
        Await.until(
            "both are listed",
            BOUND,
            () ->
                listed(client.channel()).size() == 2
                    && listed(client.channel()).contains(two.endpoint()));
        two.program().kill();
        Await.until(
            "one is gone", BOUND, () -> listed(client.channel()).equals(List.of(one.endpoint())));
      }
    }
  }

  private static String[] with(String[] flags, String more) {
    return Stream.concat(Stream.of(flags), Stream.of(more)).toArray(String[]::new);
  }

  private static List<String> listed(Channel channel) {
    return ClusterGrpc.newBlockingStub(channel)
        .memberList(MemberListRequest.getDefaultInstance())
        .getMembersList()
        .stream()
        .flatMap(member -> member.getClientURLsList().stream())
        .toList();
  }

  @Test
  void endpointsThatAreDown_areLeftOut_andWithoutAnyStreamsEnd() throws IOException {
    Path own = Files.createDirectory(folder.resolve("lone"));
    try (var lone = MemberCluster.plain(Product.KVORUM, own, 1, false);
        var before = new ProxyProcess(folder)) {
      lone.start();
      before.start("127.0.0.1:1," + lone.endpoints());
      try (var client = new StoreClient(before.endpoint());
          var watch = new WatchTape(client.channel(), prefix("x").build(), true).awaitCreated()) {
        for (int i = 0; i < 10; i++) {
          var _ = client.put("x", "y");
        }
        lone.member(0).program().kill();
        assertThatThrownBy(() -> client.put("x", "z"))
            .isInstanceOfSatisfying(
                StatusRuntimeException.class,
                failure ->
                    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
        assertThat(watch.awaitEnd().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(Http.get(before.metricsUrl() + "/health").body()).contains("\"false\"");
        lone.start();
        Await.until("it serves again", BOUND, () -> client.put("x", "again") > 0);
      }
    }
  }

  @Test
  void memberWithAnOddName_isReached_byCallsAndForItsPages() throws IOException {
    Path hosts =
        Files.writeString(folder.resolve("hosts"), cluster.member(0).address() + " odd_name\n");
    try (var before =
            new ProxyProcess(folder)
                .withHosts(hosts)
                .start("odd_name:" + MemberProcess.CLIENT_PORT);
        var client = new StoreClient(before.endpoint())) {
      assertThat(client.put("odd", "name")).isPositive();
      assertThat(Http.get(before.metricsUrl() + "/version").body()).contains("etcdserver");
    }
  }

  // ---- Words

  private static WatchCreateRequest.Builder prefix(String prefix) {
    byte[] end = prefix.getBytes(StandardCharsets.UTF_8);
    end[end.length - 1]++;
    return WatchCreateRequest.newBuilder()
        .setKey(bytes(prefix))
        .setRangeEnd(ByteString.copyFrom(end));
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static long memberWatches() throws IOException {
    return metric(cluster.member(0).clientUrl() + "/metrics", "etcd_debugging_mvcc_watcher_total");
  }

  /// Watches of clients that share one.
  private static long shared() throws IOException {
    return metric("etcd_grpc_proxy_watchers_coalescing_total");
  }

  private static long metric(String name) throws IOException {
    return metric(proxy.metricsUrl() + "/proxy/metrics", name);
  }

  private static long metric(String url, String name) throws IOException {
    Matcher value = Pattern.compile("(?m)^" + name + " ([0-9.e+]+)$").matcher(Http.get(url).body());
    assertThat(value.find()).as(name).isTrue();
    return (long) Double.parseDouble(value.group(1));
  }
}
