package io.kvorum.node.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Http;
import io.kvorum.testkit.Loopback;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// TLS against the machine's etcd, which asks for client certificates; keys in every form that
/// openssl and the tools around etcd write.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TlsTest {

  private static final Duration BOUND = Duration.ofSeconds(60);

  private Path folder = Path.of("");
  private String endpoint = "";
  private Program server = Program.command("true").start();

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    this.folder = folder;
    String address = Loopback.next(2379, 2380, 2381);
    endpoint = "https://" + address + ":2379";
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 2");
    openssl("ecparam -name prime256v1 -genkey -noout -out ec.key");
    openssl("genrsa -traditional -out rsa.key 2048");
    openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out pkcs8.key");
    Files.writeString(folder.resolve("names"), "subjectAltName=IP:" + address);
    for (String name : List.of("ec", "rsa", "pkcs8")) {
      openssl("req -new -key " + name + ".key -subj /CN=client -out " + name + ".csr");
      openssl(
          "x509 -req -in "
              + name
              + ".csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2"
              + " -extfile names -out "
              + name
              + ".crt");
    }
    String peer = "http://" + address + ":2380";
    server.close();
    server =
        Program.command("etcd", "--name=tls", "--data-dir=" + folder.resolve("data"))
            .with("--listen-client-urls=" + endpoint, "--advertise-client-urls=" + endpoint)
            .with("--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer)
            .with("--initial-cluster=tls=" + peer, "--client-cert-auth")
            .with("--cert-file=rsa.crt", "--key-file=rsa.key", "--trusted-ca-file=ca.crt")
            .with("--listen-metrics-urls=http://" + address + ":2381")
            .in(folder)
            .start();
    Http.awaitOk(server, "http://" + address + ":2381/health", BOUND);
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private void openssl(String arguments) {
    Program.Result result =
        Program.command("openssl").with(arguments.split(" ", -1)).in(folder).run(BOUND);
    assertThat(result.exitCode()).as(arguments + ": " + result.errors()).isZero();
  }

  private CommandRun ctl(String... words) {
    var all = new ArrayList<>(List.of(words));
    all.add("--command-timeout=3s");
    return CommandRun.of(all, "", Map.of("ETCDCTL_ENDPOINTS", endpoint));
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ec", "rsa", "pkcs8"})
  void keysOfEveryForm_areRead(String name) {
    CommandRun run =
        ctl(
            "put",
            "k",
            name,
            "--cacert",
            file("ca.crt"),
            "--cert",
            file(name + ".crt"),
            "--key",
            file(name + ".key"));
    assertThat(run).isEqualTo(new CommandRun(0, "OK\n", ""));
  }

  @Test
  void unknownServers_areRefusedUnlessToldOtherwise() {
    CommandRun refused = ctl("get", "k", "--cert", file("ec.crt"), "--key", file("ec.key"));
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.errors())
        .contains("endpoint " + endpoint + ": ", "Error: context deadline exceeded\n");
    CommandRun skipped =
        ctl(
            "put",
            "k",
            "v",
            "--cert",
            file("ec.crt"),
            "--key",
            file("ec.key"),
            "--insecure-skip-tls-verify");
    assertThat(skipped).isEqualTo(new CommandRun(0, "OK\n", ""));
  }

  @Test
  void unusableFiles_getOneLine() throws IOException {
    assertThat(ctl("get", "k", "--cert", file("ec.crt")).errors())
        .isEqualTo(
            "Error: KeyFile and CertFile must both be present[key: , cert: "
                + file("ec.crt")
                + "]\n");
    assertThat(ctl("get", "k", "--cacert", file("none")).errors())
        .isEqualTo("Error: open " + file("none") + ": no such file or directory\n");
    Files.writeString(folder.resolve("text"), "nothing of use\n");
    CommandRun wrong = ctl("get", "k", "--cacert", file("text"));
    assertThat(wrong.errors()).contains("TLS files are not usable", "no certificate in the file");
    assertThat(wrong.exitCode()).isEqualTo(128);
  }
}
