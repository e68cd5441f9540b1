package io.kvorum.suite.gateway;

import io.kvorum.suite.members.MemberCluster;
import io.kvorum.suite.members.Product;
import io.kvorum.testkit.Golden;
import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The same requests to the machine's etcd and to Kvorum. Where the two answer alike, one answer
/// stands in the script; where they don't, both do, below a comment that says why.
///
/// - `post <path>` and `request <method> <path>` send the input as body, by curl
/// - `open <name> <path>` begins a stream, `lines <name> <n>` waits for as many lines of it, `close
///   <name>` leaves it
///
/// Ids and terms are masked.
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class GatewayTest {

  private static final Path SCRIPTS =
      ProjectRoot.find().resolve("e2e/suite/src/test/resources/gateway");

  @TempDir private static Path folder;

  private static Side etcd;
  private static Side kvorum;

  /// A member, and a client of it.
  private record Side(MemberCluster member, JsonClient client) implements AutoCloseable {
    static Side start(Product product) throws IOException {
      Path data = Files.createTempDirectory(folder, "member");
      MemberCluster member = new MemberCluster(product, data, 1).start();
      return new Side(member, new JsonClient("http://" + member.endpoints()));
    }

    @Override
    public void close() {
      client.close();
      member.close();
    }
  }

  @BeforeAll
  static void start() throws IOException {
    etcd = Side.start(Product.ETCD);
    kvorum = Side.start(Product.KVORUM);
  }

  @AfterAll
  static void stop() {
    etcd.close();
    kvorum.close();
  }

  @TestFactory
  List<DynamicTest> scripts() {
    return Golden.scripts(SCRIPTS, () -> GatewayTest::run);
  }

  private static String run(Golden.Case command) throws Exception {
    String theirs = etcd.client().run(command);
    String ours = kvorum.client().run(command);
    return ours.equals(theirs) ? ours : "etcd 3.4: " + theirs + "\nkvorum: " + ours;
  }
}
