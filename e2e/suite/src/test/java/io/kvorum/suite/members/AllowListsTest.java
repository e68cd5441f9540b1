package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Certificates;
import io.kvorum.testkit.Program;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Whose certificates a member takes on its ports: as a real etcd beside it.
@Timeout(300)
final class AllowListsTest {

  private static final Duration BOUND = Duration.ofSeconds(20);

  /// Names, and the subjects and alternative names behind them.
  private static final List<List<String>> SHOWN =
      List.of(
          List.of("named", "/CN=wanted", "DNS:a.example,IP:127.0.0.1"),
          List.of("last", "/CN=another/CN=wanted", "DNS:a.example,IP:127.0.0.1"),
          List.of("first", "/CN=wanted/CN=another", "DNS:a.example,IP:127.0.0.1"),
          List.of("upper", "/CN=WANTED", "DNS:a.example,IP:127.0.0.1"),
          List.of("unnamed", "/O=wanted", "DNS:a.example,IP:127.0.0.1"),
          List.of("hosted", "/CN=x", "DNS:wanted.example,IP:127.0.0.1"),
          List.of("capital", "/CN=x", "DNS:Wanted.Example,IP:127.0.0.1"),
          List.of("wild", "/CN=x", "DNS:*.example,IP:127.0.0.1"),
          List.of("deeper", "/CN=x", "DNS:sub.wanted.example,IP:127.0.0.1"),
          List.of("subject", "/CN=wanted.example", "DNS:a.example,IP:127.0.0.1"),
          List.of("revoked", "/CN=wanted", "DNS:wanted.example,IP:127.0.0.1"));

  private static final String HTTP1 = "GET /version HTTP/1.0\r\n\r\n";

  /// Behind the preface stands what is no frame, so that the connection ends.
  private static final String HTTP2 = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nno frame at all";

  @TempDir private static Path folder;

  private static Certificates certificates;

  @BeforeAll
  static void issue() throws Exception {
    certificates = new Certificates(folder);
    for (List<String> shown : SHOWN) {
      certificates.issueAs(shown.get(0), shown.get(1), shown.get(2));
    }
    certificates.revoke("revoked");
  }

  @Test
  void allowedHostname_onTheClientPort() throws Exception {
    assertSame("", MemberProcess.CLIENT_PORT, "--client-cert-allowed-hostname=wanted.example");
  }

  @Test
  void allowedNames_onThePeerPort() throws Exception {
    assertSame("peer-", MemberProcess.PEER_PORT, "--peer-cert-allowed-cn=wanted");
    assertSame("peer-", MemberProcess.PEER_PORT, "--peer-cert-allowed-hostname=wanted.example");
  }

  private static void assertSame(String plane, int port, String rule) throws Exception {
    List<String> etcd = taken(Product.ETCD, plane, port, rule);
    assertThat(etcd).contains("revoked: no");
    assertThat(etcd).filteredOn(line -> line.endsWith(": yes")).hasSizeBetween(2, 4);
    assertThat(taken(Product.KVORUM, plane, port, rule)).isEqualTo(etcd);
  }

  /// Each certificate, and whether a connection with it stays open.
  private static List<String> taken(Product product, String plane, int port, String rule)
      throws Exception {
    Path own = Files.createTempDirectory(folder, product.name());
    boolean onlyHttp2 = product == Product.KVORUM && port == MemberProcess.PEER_PORT;
    String request = onlyHttp2 ? HTTP2 : HTTP1;
    String crl = "--" + (plane.isEmpty() ? "client-" : plane) + "crl-file=";
    try (var cluster = MemberCluster.withTls(product, own, 1, certificates)) {
      cluster.start(rule, crl + certificates.file("revoked.crl"));
      String address = cluster.member(0).address() + ":" + port;
      return SHOWN.parallelStream()
          .map(List::getFirst)
          .map(name -> name + (isTaken(address, name, request) ? ": yes" : ": no"))
          .toList();
    }
  }

  /// Whether anything is answered: etcd looks for revocations behind the handshake.
  private static boolean isTaken(String address, String name, String request) {
    return !Program.command(
            "openssl",
            "s_client",
            "-quiet",
            "-connect",
            address,
            "-cert",
            certificates.file(name + ".crt"),
            "-key",
            certificates.file(name + ".key"))
        .with(request.equals(HTTP2) ? new String[] {"-alpn", "h2"} : new String[0])
        .run(request.getBytes(StandardCharsets.US_ASCII), BOUND)
        .rawOutput()
        .isEmpty();
  }
}
