package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.etcd.CompactionRequest;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchCreateRequest.FilterType;
import io.kvorum.suite.history.StoreClient;
import io.kvorum.testkit.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// No watch through a proxy misses an event, hears one twice or out of order: whatever is written
/// and compacted meanwhile, and whichever members are killed. With members of ours and with etcd's.
@Timeout(240)
final class ProxyFaultsTest {

  private static final Duration BOUND = Duration.ofSeconds(30);
  private static final int STEPS = 600;
  private static final int KEYS = 12;

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void watches_areExact_whileMembersAreKilled(Product product) {
    // What the steps are; when they happen, is another thing at each run.
    RandomGenerator random = new SplittableRandom(Long.getLong("seed", 1));
    try (var cluster = MemberCluster.plain(product, folder, 3, false).start();
        var proxy = new ProxyProcess(folder).start(cluster.endpoints());
        var client = new StoreClient(proxy.endpoint());
        // Never killed, so what it tells is the truth.
        var witness = new StoreClient(cluster.member(0).endpoint());
        var truth = new WatchTape(witness.channel(), all().build()).awaitCreated()) {
      var tapes = new ArrayList<WatchTape>();
      long compacted = 0;
      long newest = write(witness, 0, random);
      for (int step = 1; step <= STEPS; step++) {
        newest = Math.max(newest, write(witness, step, random));
        if (step % 15 == 0) {
          tapes.add(new WatchTape(client.channel(), wanted(compacted, newest, random)));
        }
        if (step % 90 == 0) {
          // Whoever is further back would be told so, and rightly.
          long mark = settled(witness);
          tapes.forEach(tape -> tape.awaitRevision(mark));
          compacted = compact(witness, mark - 20);
        }
        fault(cluster, step);
      }
      long last = Math.max(newest, settled(witness));
      assertThat(tapes).hasSize(STEPS / 15);
      for (WatchTape tape : tapes) {
        tape.awaitRevision(last);
        assertThat(tape.lines()).as("%s", tape.request()).isEqualTo(expected(truth, tape));
      }
      tapes.forEach(WatchTape::close);
    }
  }

  /// Members are killed and come back, one after the other.
  private static void fault(MemberCluster cluster, int step) {
    MemberProcess member = cluster.member(1 + step / 300 % 2);
    if (step % 300 == 100) {
      member.program().kill();
    } else if (step % 300 == 200) {
      member.start(cluster.initialCluster(), "new");
    }
  }

  private static WatchCreateRequest.Builder all() {
    return WatchCreateRequest.newBuilder().setKey(bytes("k")).setRangeEnd(bytes("l"));
  }

  /// A few kinds, so that most share with others.
  private static WatchCreateRequest wanted(long compacted, long newest, RandomGenerator random) {
    WatchCreateRequest.Builder request = all();
    switch (random.nextInt(4)) {
      case 0 -> {}
      case 1 -> request.setPrevKv(true);
      case 2 -> request.setFragment(true).setProgressNotify(true);
      default -> request.addFilters(FilterType.NODELETE);
    }
    return switch (random.nextInt(3)) {
      case 0 -> request.build();
      case 1 -> request.setStartRevision(newest + random.nextInt(5)).build();
      default ->
          request
              .setStartRevision(random.nextLong(compacted + 1, Math.max(newest, compacted + 1) + 1))
              .build();
    };
  }

  private static List<String> expected(WatchTape truth, WatchTape tape) {
    boolean withoutDeletions = tape.request().getFiltersList().contains(FilterType.NODELETE);
    return truth.lines().stream()
        .filter(line -> Long.parseLong(line.substring(0, line.indexOf(' '))) >= tape.first())
        .filter(line -> !withoutDeletions || !line.contains(" DELETE "))
        .toList();
  }

  /// One write; that of a moment without a leader may come to nothing.
  private static long write(StoreClient client, int step, RandomGenerator random) {
    KVGrpc.KVBlockingStub kv =
        KVGrpc.newBlockingStub(client.channel()).withDeadlineAfter(10, TimeUnit.SECONDS);
    try {
      return switch (random.nextInt(6)) {
        case 0 ->
            kv.deleteRange(DeleteRangeRequest.newBuilder().setKey(key(random)).build())
                .getHeader()
                .getRevision();
        case 1 -> {
          var txn = TxnRequest.newBuilder();
          for (int i = random.nextInt(KEYS); i < KEYS; i++) {
            txn.addSuccess(RequestOp.newBuilder().setRequestPut(put(bytes("k" + i), "t" + step)));
          }
          yield kv.txn(txn.build()).getHeader().getRevision();
        }
        default -> kv.put(put(key(random), "v" + step).build()).getHeader().getRevision();
      };
    } catch (StatusRuntimeException withoutLeader) {
      return 0;
    }
  }

  /// An event after everything else, which every watch is told of.
  private static long settled(StoreClient client) {
    var revision = new long[1];
    Await.until(
        "the last write is made", BOUND, () -> (revision[0] = client.put("k-last", "")) > 0);
    return revision[0];
  }

  private static long compact(StoreClient client, long revision) {
    var _ =
        KVGrpc.newBlockingStub(client.channel())
            .withDeadlineAfter(10, TimeUnit.SECONDS)
            .compact(CompactionRequest.newBuilder().setRevision(revision).build());
    return revision;
  }

  private static PutRequest.Builder put(ByteString key, String value) {
    return PutRequest.newBuilder().setKey(key).setValue(bytes(value));
  }

  private static ByteString key(RandomGenerator random) {
    return bytes("k" + random.nextInt(KEYS));
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }
}
