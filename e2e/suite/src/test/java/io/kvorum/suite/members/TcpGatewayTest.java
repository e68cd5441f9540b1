package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Await;
import io.kvorum.testkit.Loopback;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The TCP gateway: connections to members in turn, ends that are passed on one way at a time, and
/// endpoints that come and go.
@Timeout(120)
final class TcpGatewayTest {

  private static final Duration BOUND = Duration.ofSeconds(30);
  private static final int PORT = 23790;

  /// More than any buffer between the two ends holds.
  private static final int MUCH = 32 << 20;

  @TempDir private Path folder;

  private final String address = Loopback.next(PORT);

  private Program gateway(String endpoints, String... more) {
    Program program =
        Product.KVORUM
            .member()
            .in(folder)
            .with("gateway", "start", "--listen-addr=" + address + ":" + PORT)
            .with("--endpoints=" + endpoints)
            .with(more)
            .start();
    program.awaitLine("ready to proxy client requests", BOUND);
    return program;
  }

  @Test
  void clients_reachMembers_andWhatIsDownIsLeftOut() {
    try (var cluster = MemberCluster.plain(Product.KVORUM, folder, 1, false).start();
        var gateway =
            gateway(Loopback.next(PORT) + ":1," + cluster.endpoints(), "--retry-delay=100ms")) {
      for (String command : new String[] {"put a b", "get a", "put c d"}) {
        Program.Result result = etcdctl(command);
        assertThat(result.exitCode()).as(result.errors()).isZero();
      }
      assertThat(gateway.errors()).contains("deactivated endpoint");
      cluster.member(0).program().kill();
      assertThat(etcdctl("get a").exitCode()).isNotZero();
      cluster.start();
      Await.until("it is reached again", BOUND, () -> etcdctl("get a").output().equals("a\nb\n"));
    }
  }

  private Program.Result etcdctl(String command) {
    return Program.command("etcdctl", "--endpoints=" + address + ":" + PORT)
        .with("--command-timeout=3s", "--dial-timeout=2s")
        .with(command.split(" ", -1))
        .environment("ETCDCTL_API", "3")
        .run(BOUND);
  }

  @Test
  void endOfOneDirection_leavesTheOtherOpen_andNothingIsLost() throws IOException {
    try (var server = new ServerSocket(0, 1, InetAddress.ofLiteral(address));
        var gateway = gateway(address + ":" + server.getLocalPort())) {
      byte[] much = new byte[MUCH];
      Arrays.fill(much, (byte) 7);
      Thread answering = Thread.ofVirtual().start(() -> answer(server, much));
      try (var client = new Socket(address, PORT)) {
        client.getOutputStream().write("question".getBytes(StandardCharsets.UTF_8));
        client.shutdownOutput();
        InputStream in = client.getInputStream();
        // The answer waits in the gateway as far as that has room, and in the server beyond.
        byte[] answer = in.readNBytes(MUCH);
        assertThat(answer.length).isEqualTo(MUCH);
        assertThat(Arrays.equals(answer, much)).isTrue();
        assertThat(in.read()).isEqualTo(-1);
      }
      assertThat(gateway.isAlive()).isTrue();
      answering.interrupt();
    }
  }

  /// Hears the whole question, and only then answers.
  private static void answer(ServerSocket server, byte[] much) {
    try (Socket connection = server.accept()) {
      byte[] question = connection.getInputStream().readAllBytes();
      if (new String(question, StandardCharsets.UTF_8).equals("question")) {
        connection.getOutputStream().write(much);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// So a peer that vanishes without a word does not hold its connections for ever.
  @Test
  void silentConnections_areProbed() throws IOException {
    var accepted = new CopyOnWriteArrayList<Socket>();
    try (var server = new ServerSocket(0, 1, InetAddress.ofLiteral(address));
        var _ = gateway(address + ":" + server.getLocalPort())) {
      Thread accepting = Thread.ofVirtual().start(() -> acceptAll(server, accepted));
      try (var _ = greeting()) {
        int toClient = PORT;
        int toMember = accepted.getFirst().getPort();
        Await.until(
            "a probe is due on both sides",
            BOUND,
            () -> probed(toClient) == 1 && probed(toMember) == 1);
      }
      accepted.getFirst().close();
      accepting.interrupt();
    }
  }

  /// How many ends of connections to this test's address have a local port, and a timer for a
  /// probe.
  private long probed(int port) throws IOException {
    byte[] octets = InetAddress.ofLiteral(address).getAddress();
    String here = "%02X%02X%02X%02X:".formatted(octets[3], octets[2], octets[1], octets[0]);
    String probed = ".*: [0-9A-F]+:%04X [0-9A-F:]+ 01 [0-9A-F:]+ 02:.*".formatted(port);
    long found = 0;
    for (String table : new String[] {"tcp", "tcp6"}) {
      found +=
          Files.readAllLines(Path.of("/proc/net/" + table)).stream()
              .filter(line -> line.contains(here) && line.matches(probed))
              .count();
    }
    return found;
  }

  /// What this process lacks says nothing of its endpoints.
  @Test
  void gatewayWithoutSockets_keepsItsEndpoints() throws IOException {
    var accepted = new CopyOnWriteArrayList<Socket>();
    try (var server = new ServerSocket(0, 100, InetAddress.ofLiteral(address));
        var gateway = gateway(address + ":" + server.getLocalPort())) {
      Thread accepting = Thread.ofVirtual().start(() -> acceptAll(server, accepted));
      greeting().close();
      leaveFiles(gateway, 9);
      List<Socket> clients = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        clients.add(new Socket(address, PORT));
      }
      gateway.awaitLine("no socket is left for another connection", BOUND);
      for (Socket client : clients) {
        client.close();
      }
      for (Socket member : accepted) {
        member.close();
      }
      Await.until(
          "it passes connections on again",
          BOUND,
          () -> {
            greeting().close();
            return true;
          });
      assertThat(gateway.errors()).doesNotContain("deactivated endpoint");
      accepting.interrupt();
    }
  }

  private static void acceptAll(ServerSocket server, List<Socket> accepted) {
    try {
      while (true) {
        Socket connection = server.accept();
        accepted.add(connection);
        connection.getOutputStream().write('!');
      }
    } catch (IOException closed) {
      return;
    }
  }

  /// A connection on which the server has said its word.
  private Socket greeting() throws IOException {
    var client = new Socket(address, PORT);
    client.setSoTimeout(2_000);
    if (client.getInputStream().read() != '!') {
      client.close();
      throw new IOException("nobody is there");
    }
    return client;
  }

  /// Has a process open so many files more than it has open, and no others.
  private static void leaveFiles(Program program, int more) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + program.pid() + "/fd"))) {
      long limit = open.count() + more;
      Program.Result set =
          Program.command("prlimit", "--pid=" + program.pid(), "--nofile=" + limit + ":" + limit)
              .run(BOUND);
      assertThat(set.exitCode()).as(set.errors()).isZero();
    }
  }

  @Test
  void gateway_refusesToLeadToItself() {
    Program.Result result =
        Product.KVORUM
            .member()
            .in(folder)
            .with("gateway", "start", "--listen-addr=0.0.0.0:" + PORT)
            .with("--endpoints=localhost:" + PORT)
            .run(BOUND);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors()).contains("should not resolve to the gateway listen addr");
  }
}
