package io.kvorum.suite.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.suite.members.MemberCluster;
import io.kvorum.suite.members.Product;
import io.kvorum.testkit.Http;
import io.kvorum.testkit.Seeds;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A member's client port under what no client should send. Whatever comes, the member goes on: it
/// answers others, takes no more memory than it may, and nothing of it is a defect in its log.
///
/// `-Dseeds=20000` goes on for longer.
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class HostileClientsTest {

  private static final int SEEDS = 300;
  private static final int CONNECT_MILLIS = 5_000;

  /// Connections that are left open, half said.
  private static final int MAX_OPEN = 64;

  /// The member's heap is 256 MB; the rest is for threads, RocksDB and buffers.
  private static final long MAX_RESIDENT_KILOBYTES = 900_000;

  private static final int UNREADABLE = 20;
  private static final int TOO_LONG_BYTES = 2_200_000;
  private static final int BOUND_SECONDS = 20;

  /// More than the window of a client's connection takes.
  private static final int WIDE_BYTES = 100_000;

  private static final int NARROW_BYTES = 65_535;

  private static final List<Attack> ATTACKS = List.of(Attack.values());

  @TempDir private Path folder;

  @Test
  void whateverComes_theMemberGoesOn() throws IOException {
    try (var cluster = new MemberCluster(Product.KVORUM, folder, 1).start()) {
      var open = new ArrayDeque<Socket>();
      try {
        Seeds.forEach(SEEDS, random -> attack(cluster, random, open));
        assertGoesOn(cluster);
      } finally {
        for (Socket socket : open) {
          socket.close();
        }
      }
      assertGoesOn(cluster);
    }
  }

  /// What is no request gets etcd's error, and however often it comes, the log stays as it is.
  @Test
  void unreadableRequests_areToldSo_andLeaveNoTrace() throws IOException {
    var told = new ArrayList<List<String>>();
    for (Product product : Product.values()) {
      Path own = Files.createDirectory(folder.resolve(product.name()));
      try (var cluster = new MemberCluster(product, own, 1).start()) {
        ManagedChannel channel =
            NettyChannelBuilder.forTarget(cluster.endpoints()).usePlaintext().build();
        try {
          told.add(unreadable(channel));
          if (product == Product.KVORUM) {
            int before = cluster.lastWords().length();
            for (int i = 0; i < UNREADABLE; i++) {
              assertThat(unreadable(channel)).isEqualTo(told.getLast());
            }
            leave(cluster);
            assertGoesOn(cluster);
            assertThat(cluster.lastWords().substring(before))
                .doesNotContain("xception")
                .hasSizeLessThan(1_000);
          }
        } finally {
          channel.shutdownNow();
        }
      }
    }
    assertThat(told.getLast()).isEqualTo(told.getFirst());
  }

  /// The errors of requests that are none; how the decoder puts it is its own.
  private static List<String> unreadable(ManagedChannel channel) {
    var told = new ArrayList<String>();
    for (byte[] bytes : List.of(new byte[] {-1}, new byte[TOO_LONG_BYTES])) {
      for (var method : List.of(KVGrpc.getRangeMethod(), MaintenanceGrpc.getSnapshotMethod())) {
        told.add(answer(channel, method, bytes));
      }
    }
    return told;
  }

  private static String answer(
      ManagedChannel channel, MethodDescriptor<?, ?> method, byte[] bytes) {
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(BOUND_SECONDS, TimeUnit.SECONDS);
    try {
      ClientCalls.blockingServerStreamingCall(channel, raw(method), options, bytes).next();
      return "an answer";
    } catch (StatusRuntimeException refused) {
      return String.valueOf(refused.getMessage())
          .replaceAll("(unmarshalling request:|received message) [^(]*$", "$1");
    }
  }

  /// The method with requests of any bytes.
  private static MethodDescriptor<byte[], byte[]> raw(MethodDescriptor<?, ?> method) {
    return method.toBuilder(BYTES, BYTES).build();
  }

  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] bytes) {
          return new ByteArrayInputStream(bytes);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  /// Goes away again and again while an answer is on its way.
  private static void leave(MemberCluster cluster) {
    cluster.succeed("put", "wide", "v".repeat(WIDE_BYTES));
    byte[] range =
        RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("wide")).build().toByteArray();
    ManagedChannel narrow =
        NettyChannelBuilder.forTarget(cluster.endpoints())
            .usePlaintext()
            .flowControlWindow(NARROW_BYTES)
            .build();
    try {
      for (int i = 0; i < UNREADABLE; i++) {
        var begun = new CompletableFuture<Void>();
        ClientCall<byte[], byte[]> call =
            narrow.newCall(raw(KVGrpc.getRangeMethod()), CallOptions.DEFAULT);
        call.start(
            new ClientCall.Listener<>() {
              @Override
              public void onHeaders(Metadata headers) {
                begun.complete(null);
              }
            },
            new Metadata());
        call.sendMessage(range);
        call.halfClose();
        begun.orTimeout(BOUND_SECONDS, TimeUnit.SECONDS).join();
        call.cancel("enough", null);
      }
    } finally {
      narrow.shutdownNow();
    }
  }

  private static void attack(MemberCluster cluster, RandomGenerator random, ArrayDeque<Socket> open)
      throws IOException {
    Attack attack = ATTACKS.get(random.nextInt(ATTACKS.size()));
    Socket socket = connect(cluster.endpoints());
    open.add(socket);
    try {
      byte[] bytes = attack.bytes(random);
      int cut = random.nextInt(bytes.length + 1);
      socket.getOutputStream().write(bytes, 0, cut);
      socket.getOutputStream().flush();
      socket.getOutputStream().write(bytes, cut, bytes.length - cut);
      if (random.nextBoolean()) {
        socket.shutdownOutput();
      }
    } catch (IOException _) {
      // The member may hang up at any moment.
    }
    while (open.size() > MAX_OPEN || (!open.isEmpty() && random.nextInt(3) == 0)) {
      Socket closing = open.remove();
      if (random.nextBoolean()) {
        closing.setSoLinger(true, 0);
      }
      closing.close();
    }
    assertThat(cluster.isAlive()).as("%s kills it: %s", attack, cluster.lastWords()).isTrue();
  }

  private static Socket connect(String endpoint) throws IOException {
    int colon = endpoint.lastIndexOf(':');
    var socket = new Socket();
    socket.connect(
        new InetSocketAddress(
            endpoint.substring(0, colon), Integer.parseInt(endpoint.substring(colon + 1))),
        CONNECT_MILLIS);
    return socket;
  }

  private static void assertGoesOn(MemberCluster cluster) throws IOException {
    assertThat(Http.get("http://" + cluster.endpoints() + "/health").body())
        .isEqualTo("{\"health\":\"true\",\"reason\":\"\"}");
    assertThat(cluster.succeed("put", "still", "here")).isEqualTo("OK\n");
    assertThat(cluster.succeed("get", "still")).isEqualTo("still\nhere\n");
    assertThat(cluster.lastWords())
        .doesNotContain("defect", "OutOfMemoryError", "Invariant", "StackOverflow");
    String resident =
        Http.get("http://" + cluster.endpoints() + "/metrics")
            .body()
            .lines()
            .filter(line -> line.startsWith("process_resident_memory_bytes "))
            .findFirst()
            .orElseThrow();
    List<String> words = List.of(resident.split(" ", -1));
    assertThat(Double.parseDouble(words.getLast()) / 1024).isLessThan(MAX_RESIDENT_KILOBYTES);
  }
}
