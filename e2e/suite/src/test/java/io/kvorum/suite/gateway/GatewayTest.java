package io.kvorum.suite.gateway;

import io.kvorum.suite.members.MemberCluster;
import io.kvorum.suite.members.Product;
import io.kvorum.testkit.Certificates;
import io.kvorum.testkit.Golden;
import io.kvorum.testkit.ProjectRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The same requests to the machine's etcd and to Kvorum. Where the two answer alike, one answer
/// stands in the script; where they don't, both do, below a comment that says why.
///
/// - `post <path>` and `request <method> <path>` send the input as body, by curl
/// - `sign-in <user> <password>` keeps the token for what follows, `as <user>` says the last one of
///   a user, `token <text>` any other, and `token` none
/// - `patience <text>` is the header `Grpc-Timeout` of what follows
/// - `show <certificate>` for what follows, where one is asked for
/// - `open <name> <path>` begins a stream, `lines <name> <n>` waits for as many lines of it, `close
///   <name>` leaves it
///
/// Ids and terms are masked.
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class GatewayTest {

  private static final Path SCRIPTS =
      ProjectRoot.find().resolve("e2e/suite/src/test/resources/gateway");

  @TempDir private static Path folder;

  private static final List<Pair> OPEN = new ArrayList<>();

  /// A member, and a client of it.
  private record Side(MemberCluster member, JsonClient client) implements AutoCloseable {
    static Side start(Product product, boolean tls) throws Exception {
      Path data = Files.createTempDirectory(folder, "member");
      Certificates certificates = tls ? new Certificates(data) : null;
      if (certificates != null) {
        certificates.issueNameless("nameless", "IP:127.0.0.1");
      }
      MemberCluster member =
          certificates == null
              ? new MemberCluster(product, data, 1)
              : MemberCluster.withTls(product, data, 1, certificates);
      member.start("--bcrypt-cost=4");
      return new Side(
          member,
          new JsonClient(
              (certificates == null ? "http://" : "https://") + member.endpoints(), certificates));
    }

    @Override
    public void close() {
      client.close();
      member.close();
    }
  }

  /// Both products; started with the first command of a script.
  private static final class Pair implements AutoCloseable {
    private final boolean tls;
    private @Nullable Side etcd;
    private @Nullable Side kvorum;

    Pair(boolean tls) {
      this.tls = tls;
      OPEN.add(this);
    }

    String run(Golden.Case command) throws Exception {
      Side theirs = etcd;
      Side ours = kvorum;
      if (theirs == null || ours == null) {
        theirs = Side.start(Product.ETCD, tls);
        etcd = theirs;
        ours = Side.start(Product.KVORUM, tls);
        kvorum = ours;
      }
      String expected = theirs.client().run(command);
      String actual = ours.client().run(command);
      return actual.equals(expected) ? actual : "etcd 3.4: " + expected + "\nkvorum: " + actual;
    }

    @Override
    public void close() {
      Stream.of(etcd, kvorum).filter(Objects::nonNull).forEach(Side::close);
    }
  }

  @AfterAll
  static void stop() {
    OPEN.forEach(Pair::close);
  }

  @TestFactory
  List<DynamicTest> inPlaintext() {
    return Golden.scripts(SCRIPTS.resolve("plaintext"), () -> new Pair(false)::run);
  }

  @TestFactory
  List<DynamicTest> withCertificates() {
    return Golden.scripts(SCRIPTS.resolve("certificates"), () -> new Pair(true)::run);
  }
}
