package io.kvorum.node.server.tls;

import io.kvorum.node.server.config.NodeConfig;
import io.kvorum.node.server.config.NodeConfigReader;
import io.kvorum.node.server.config.StartFailure;
import io.kvorum.testkit.Certificates;
import io.kvorum.testkit.Golden;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// `load <flags>` reads the files that the flags name, in a folder of certificates that openssl
/// made, and prints `ok` or the line that says what is wrong with them.
final class TlsFilesGoldenTest {

  private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[0-9:]+Z");

  @TempDir static Path folder;

  @BeforeAll
  static void issue() throws Exception {
    var certificates = new Certificates(folder);
    certificates.issue("server", "DNS:localhost");
    certificates.issue("other", "DNS:localhost");
    certificates.issueRsa("rsa", "DNS:localhost");
    certificates.issue("expired", "ca", "DNS:localhost", "-1");
    certificates.rewriteKey("server", "server-pkcs8");
    certificates.rewriteKey("rsa", "rsa-pkcs8");
    Files.writeString(folder.resolve("empty.crt"), "");
    Files.writeString(
        folder.resolve("damaged.crt"),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    Files.writeString(
        folder.resolve("damaged.key"),
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    Files.writeString(
        folder.resolve("locked.key"),
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
  }

  @TestFactory
  List<DynamicTest> scripts() {
    return Golden.scripts(Path.of("src/test/resources/golden/tls"), () -> TlsFilesGoldenTest::run);
  }

  private static String run(Golden.Case command) {
    List<String> flags =
        command.args().stream().map(flag -> flag.replace("=@", "=" + folder + "/")).toList();
    try {
      NodeConfig config =
          ((NodeConfigReader.Request.Run) NodeConfigReader.read(flags, Map.of(), () -> ""))
              .config();
      TlsPlanes planes = TlsPlanes.load(config);
      return (planes.clients() == null ? "no clients" : "clients")
          + (planes.peers().isEmpty() ? ", no peers" : ", peers");
    } catch (StartFailure e) {
      String text = String.valueOf(e.getMessage()).replace(folder + "/", "@");
      return "exit " + e.exitCode().code() + ": " + TIME.matcher(text).replaceAll("TIME");
    }
  }
}
