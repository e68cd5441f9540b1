package io.kvorum.node.server.grpcproxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.kvorum.node.server.config.Discovery;
import io.kvorum.node.server.config.Endpoint;
import io.kvorum.node.server.config.RelayConfig;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Certificates;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Pages of members, which are named in all ways that flags allow, and whose certificates change.
@Timeout(60)
final class MemberPagesTest {

  private static final Duration BOUND = Duration.ofSeconds(20);
  private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");

  @TempDir private Path folder;

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestURI().getPath().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static RelayConfig.Dialling dialling(String authorities) {
    return new RelayConfig.Dialling(
        new Discovery.Tls("", "", authorities, false),
        Integer.MAX_VALUE,
        Duration.ZERO,
        Duration.ofSeconds(20),
        false);
  }

  private static int status(MemberPages pages) {
    return pages.fetch("/metrics").join().status();
  }

  @Test
  void hosts_areNamedInAnyWay() throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(HERE, 0), 0);
    server.createContext("/", MemberPagesTest::answer);
    server.start();
    try {
      int port = server.getAddress().getPort();
      // The second one is no address and no name: nobody gets an answer there, or is told why.
      var pages =
          new MemberPages(
              () -> List.of(Endpoint.parse(":" + port), Endpoint.parse("[::_]:" + port)),
              false,
              dialling(""));
      for (int i = 0; i < 10; i++) {
        assertThat(status(pages)).isEqualTo(200);
      }
    } finally {
      server.stop(0);
    }
  }

  @Test
  void newAuthorities_areTrusted() throws Exception {
    var certificates = new Certificates(folder);
    certificates.authority("next");
    certificates.issue("old-server", "IP:127.0.0.1");
    certificates.issue("new-server", "next", "IP:127.0.0.1", "30");
    certificates.rewriteKey("old-server", "old-server.pkcs8");
    certificates.rewriteKey("new-server", "new-server.pkcs8");
    trust("ca.crt");
    HttpServer server = serve(0, "old-server");
    int port = server.getAddress().getPort();
    var pages =
        new MemberPages(
            () -> List.of(Endpoint.parse("127.0.0.1:" + port)),
            true,
            dialling(certificates.file("trusted.crt")));
    try {
      assertThat(status(pages)).isEqualTo(200);
      server.stop(0);
      server = serve(port, "new-server");
      assertThat(status(pages)).isEqualTo(503);
      trust("next.crt");
      Await.until("the new authority is trusted", BOUND, () -> status(pages) == 200);
    } finally {
      server.stop(0);
    }
  }

  private void trust(String authority) throws IOException {
    Files.copy(
        folder.resolve(authority),
        folder.resolve("trusted.crt"),
        StandardCopyOption.REPLACE_EXISTING);
  }

  private HttpServer serve(int port, String certificate) throws IOException {
    HttpsServer server = HttpsServer.create(new InetSocketAddress(HERE, port), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context(certificate)));
    server.createContext("/", MemberPagesTest::answer);
    server.start();
    return server;
  }

  private SSLContext context(String certificate) throws IOException {
    File chain = folder.resolve(certificate + ".crt").toFile();
    File key = folder.resolve(certificate + ".pkcs8.key").toFile();
    if (SslContextBuilder.forServer(chain, key).sslProvider(SslProvider.JDK).build()
        instanceof JdkSslContext jdk) {
      return jdk.context();
    }
    throw new AssertionError("TLS is the JDK's here");
  }
}
