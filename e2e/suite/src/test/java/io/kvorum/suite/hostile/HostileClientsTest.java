package io.kvorum.suite.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.suite.members.MemberCluster;
import io.kvorum.suite.members.Product;
import io.kvorum.testkit.Http;
import io.kvorum.testkit.Seeds;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
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
