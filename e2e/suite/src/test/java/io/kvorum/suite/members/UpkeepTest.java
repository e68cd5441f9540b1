package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.suite.history.StoreClient;
import io.kvorum.suite.history.Workload;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Certificates;
import io.kvorum.testkit.Program;
import io.netty.handler.ssl.SslContext;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What is done to a cluster while it serves: a backup, defragmentation, compaction, and new
/// certificates. No client notices.
@Timeout(value = 15, unit = java.util.concurrent.TimeUnit.MINUTES)
final class UpkeepTest {

  private static final int CLIENTS = 12;
  private static final int WRITES_BETWEEN = 100;
  private static final Duration PAUSE = Duration.ofMillis(2);
  private static final Duration BOUND = Duration.ofMinutes(2);
  private static final Duration HANDSHAKE_BOUND = Duration.ofSeconds(10);

  @TempDir private Path folder;

  static Stream<Product> products() {
    return Product.chosen();
  }

  @ParameterizedTest
  @MethodSource("products")
  void upkeepUnderLoad_failsNoRequest(Product product) throws Exception {
    var certificates = new Certificates(folder);
    try (var cluster = MemberCluster.withTls(product, folder, 3, certificates).start()) {
      List<String> endpoints = cluster.members().stream().map(MemberProcess::endpoint).toList();
      SslContext tls = tls(certificates);
      Workload load =
          Workload.start(
              CLIENTS, "upkeep/", PAUSE, () -> endpoints, endpoint -> client(endpoint, tls));
      awaitWrites(load);
      String backup = folder.resolve("backup.db").toString();
      cluster.succeedAt(endpoints.getFirst(), "snapshot", "save", backup);
      awaitWrites(load);
      for (String endpoint : endpoints) {
        cluster.succeedAt(endpoint, "defrag");
        awaitWrites(load);
      }
      cluster.succeed("compact", "--physical", Long.toString(load.acknowledged() / 2));
      awaitWrites(load);
      for (MemberProcess member : cluster.members()) {
        String before = fingerprint(member, certificates);
        member.renewCertificate(certificates);
        Await.until(
            member.name() + " shows its new certificate",
            BOUND,
            () -> !fingerprint(member, certificates).equals(before));
        awaitWrites(load);
      }
      load.stop();
      assertThat(load.failures()).as(load.summary()).isEmpty();
      assertThat(cluster.succeed("endpoint", "health")).doesNotContain("unhealthy");
      assertThat(cluster.succeed("snapshot", "status", backup)).isNotBlank();
    }
  }

  private static void awaitWrites(Workload load) {
    long wanted = load.acknowledged() + WRITES_BETWEEN;
    Await.until("%d writes".formatted(wanted), BOUND, () -> load.acknowledged() >= wanted);
  }

  private static SslContext tls(Certificates certificates) throws SSLException {
    return GrpcSslContexts.forClient()
        .trustManager(new File(certificates.file("ca.crt")))
        .keyManager(
            new File(certificates.file("client.crt")),
            new File(certificates.file("client-pkcs8.key")))
        .build();
  }

  private static StoreClient client(String endpoint, SslContext tls) {
    return new StoreClient(NettyChannelBuilder.forTarget(endpoint).sslContext(tls).build());
  }

  /// Of the certificate that the member shows to whoever connects now.
  private static String fingerprint(MemberProcess member, Certificates certificates) {
    Program.Result shown =
        Program.command("openssl", "s_client", "-connect", member.endpoint())
            .with("-cert", certificates.file("client.crt"), "-key", certificates.file("client.key"))
            .run(new byte[0], HANDSHAKE_BOUND);
    Program.Result text =
        Program.command("openssl", "x509", "-noout", "-fingerprint")
            .run(shown.output().getBytes(StandardCharsets.UTF_8), HANDSHAKE_BOUND);
    assertThat(text.output()).as(shown.errors()).contains("ingerprint=");
    return text.output();
  }
}
