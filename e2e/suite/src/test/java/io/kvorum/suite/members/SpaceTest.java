package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.CompactionRequest;
import io.kvorum.node.proto.etcd.DefragmentRequest;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.StatusRequest;
import io.kvorum.node.proto.etcd.StatusResponse;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.suite.history.StoreClient;
import io.kvorum.suite.history.Workload;
import io.kvorum.testkit.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What is overwritten and compacted gives its disk space back by itself, and at once when somebody
/// asks for a defragmentation, while the member serves on.
@Timeout(300)
final class SpaceTest {

  private static final int KEYS = 1_000;
  private static final int KEYS_A_TIME = 100;
  private static final int VALUE_BYTES = 2_500;
  private static final int VERSIONS = 15;
  private static final long MEGABYTE = 1 << 20;

  /// Where 36 MiB were before, of which two or three are the newest versions.
  private static final long BOUND_AFTER_COMPACTION = 12 * MEGABYTE;

  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(2);
  private static final int CLIENTS = 4;

  @TempDir private Path folder;

  @Test
  void compaction_givesDiskSpaceBack_whileServing() throws Exception {
    try (var cluster = new MemberCluster(Product.KVORUM, folder, 1).start();
        var client = new StoreClient(cluster.endpoints())) {
      Path state = cluster.member(0).dataFolder().resolve("member/state");
      List<String> endpoints = List.of(cluster.endpoints());
      var maintenance = MaintenanceGrpc.newBlockingStub(client.channel());
      StatusResponse fresh = maintenance.status(StatusRequest.getDefaultInstance());
      assertThat(fresh.getDbSize()).isGreaterThanOrEqualTo(fresh.getDbSizeInUse());
      long revision = overwrite(client);
      long full = bytesIn(state);
      assertThat(full).isGreaterThan(VERSIONS * KEYS * (long) VALUE_BYTES / 2);
      Workload load = Workload.start(CLIENTS, "beside/", PAUSE, () -> endpoints, StoreClient::new);
      var _ =
          KVGrpc.newBlockingStub(client.channel())
              .withDeadlineAfter(BOUND)
              .compact(
                  CompactionRequest.newBuilder().setRevision(revision).setPhysical(true).build());
      Await.until(
          "the files shrink by themselves", BOUND, () -> bytesIn(state) < BOUND_AFTER_COMPACTION);
      long deleted = deleteAll(client);
      var _ =
          KVGrpc.newBlockingStub(client.channel())
              .compact(
                  CompactionRequest.newBuilder().setRevision(deleted).setPhysical(true).build());
      var _ =
          maintenance.withDeadlineAfter(BOUND).defragment(DefragmentRequest.getDefaultInstance());
      Await.until(
          "nothing is left but what is written beside",
          BOUND,
          () -> bytesIn(state) < 10 * MEGABYTE);
      assertThat(maintenance.status(StatusRequest.getDefaultInstance()).getDbSize())
          .isLessThan(10 * MEGABYTE);
      load.stop();
      assertThat(load.failures()).as(load.summary()).isEmpty();
    }
  }

  /// Writes every key again and again; no byte of it can be compressed. Returns the last revision.
  private static long overwrite(StoreClient client) {
    var random = new SplittableRandom(1);
    var kv = KVGrpc.newBlockingStub(client.channel());
    byte[] value = new byte[VALUE_BYTES];
    long revision = 0;
    for (int i = 0; i < VERSIONS * KEYS; i += KEYS_A_TIME) {
      var txn = TxnRequest.newBuilder();
      for (int k = i; k < i + KEYS_A_TIME; k++) {
        random.nextBytes(value);
        var put =
            PutRequest.newBuilder().setKey(key(k % KEYS)).setValue(ByteString.copyFrom(value));
        txn.addSuccess(RequestOp.newBuilder().setRequestPut(put));
      }
      revision =
          kv.withDeadlineAfter(20, TimeUnit.SECONDS).txn(txn.build()).getHeader().getRevision();
    }
    return revision;
  }

  private static long deleteAll(StoreClient client) {
    return KVGrpc.newBlockingStub(client.channel())
        .deleteRange(DeleteRangeRequest.newBuilder().setKey(key(0)).setRangeEnd(key(9_999)).build())
        .getHeader()
        .getRevision();
  }

  private static ByteString key(int i) {
    return ByteString.copyFromUtf8("k%04d".formatted(i));
  }

  private static long bytesIn(Path folder) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        try {
          bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (NoSuchFileException _) {
          // Replaced by another just now.
        }
      }
    }
    return bytes;
  }
}
