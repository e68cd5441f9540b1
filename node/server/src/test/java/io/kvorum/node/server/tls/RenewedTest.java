package io.kvorum.node.server.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.server.config.NodeConfig;
import io.kvorum.node.server.config.NodeConfigReader;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Certificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Certificates are renewed under a running process.
final class RenewedTest {

  @TempDir Path folder;

  @Test
  void renewedFiles_areUsed_brokenOnesAreNot() throws Exception {
    var certificates = new Certificates(folder);
    certificates.issue("server", "DNS:localhost");
    certificates.issue("next", "DNS:localhost");
    certificates.issue("lost", "DNS:localhost");
    NodeConfig config =
        ((NodeConfigReader.Request.Run)
                NodeConfigReader.read(
                    List.of(
                        "--cert-file=" + certificates.file("server.crt"),
                        "--key-file=" + certificates.file("server.key"),
                        "--client-crl-file=" + certificates.file("revoked.crl")),
                    Map.of(),
                    () -> ""))
            .config();
    var contexts = Objects.requireNonNull(TlsPlanes.load(config).clients());
    var first = contexts.context();
    assertThat(contexts.context()).isSameAs(first);

    // The key is the next one's and the certificate not yet: such a pair is passed over.
    replace("next.key", "server.key");
    var bound = Duration.ofSeconds(5);
    long looked = System.nanoTime();
    Await.until("a look at the files", bound, () -> System.nanoTime() - looked > 1_100_000_000L);
    assertThat(contexts.context()).isSameAs(first);

    replace("next.crt", "server.crt");
    Await.until("the renewed context", bound, () -> !contexts.context().equals(first));

    // Sessions that began before a revocation are not resumed behind it.
    var second = contexts.context();
    certificates.revoke("lost");
    Await.until("a context behind it", bound, () -> !contexts.context().equals(second));
  }

  private void replace(String from, String to) throws Exception {
    Files.move(folder.resolve(from), folder.resolve(to), StandardCopyOption.REPLACE_EXISTING);
  }
}
