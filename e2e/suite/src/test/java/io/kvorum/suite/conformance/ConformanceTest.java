package io.kvorum.suite.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.grpc.StatusRuntimeException;
import io.kvorum.suite.members.MemberCluster;
import io.kvorum.suite.members.Product;
import io.kvorum.testkit.ProjectRoot;
import io.kvorum.testkit.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A client can't tell Kvorum from etcd: the same sequences on both, each answer compared field by
/// field. What differs on purpose stands in docs/compatibility.md, with its reason; anything else
/// fails, with the shortest sequence that shows it.
///
/// `./kvorum conformance 5000` searches longer. A sequence that has failed stays in
/// `conformance/*.txt`.
@Timeout(value = 60, unit = TimeUnit.MINUTES)
final class ConformanceTest {

  private static final int SEEDS = 250;
  private static final int PROXIED_SEEDS = 30;
  private static final int MAX_TIMEOUTS = 10;
  private static final Path KEPT =
      ProjectRoot.find().resolve("e2e/suite/src/test/resources/conformance");

  /// What was asked for how often, for whoever wants to know.
  private static final Path COVERAGE =
      ProjectRoot.find().resolve("e2e/suite/target/conformance-coverage.txt");

  /// What 3.4 does not have; what depends on the time; and users without a password, who are
  /// compared by `AuthTest`.
  private static final Set<String> NEVER_TRIED =
      Set.of(
          "AuthUserAddRequest.hashedPassword",
          "AuthUserChangePasswordRequest.hashedPassword",
          "MemberListRequest.linearizable",
          "UserAddOptions.no_password",
          "WatchCreateRequest.progress_notify");

  @TempDir private static Path folder;

  private static Contestant etcd;
  private static Contestant kvorum;
  private static KnownDifferences known;

  /// How often a slow machine made etcd give up.
  private static int timeouts;

  private final Coverage coverage = new Coverage();

  /// A member and the connection to it.
  private record Contestant(Product product, MemberCluster member, Server server)
      implements AutoCloseable {

    static Contestant start(Product product) throws IOException {
      return start(product, false);
    }

    /// @param proxied whether it is asked through a proxy
    static Contestant start(Product product, boolean proxied) throws IOException {
      Path data = Files.createTempDirectory(folder, "member");
      MemberCluster member =
          proxied
              ? MemberCluster.plain(product, data, 1, true)
              : new MemberCluster(product, data, 1);
      member.start("--bcrypt-cost=4");
      return new Contestant(product, member, new Server(member.endpoints()));
    }

    /// What it answers; nothing when its process dies of it.
    Optional<Server.Observed> run(List<Step> steps) {
      try {
        return Optional.of(server.run(steps));
      } catch (StatusRuntimeException e) {
        if (member.isAlive()) {
          throw e;
        }
        return Optional.empty();
      }
    }

    @Override
    public void close() {
      server.close();
      member.close();
    }
  }

  @BeforeAll
  static void start() throws IOException {
    known = KnownDifferences.read();
    etcd = Contestant.start(Product.ETCD);
    kvorum = Contestant.start(Product.KVORUM);
  }

  @AfterAll
  static void stop() {
    etcd.close();
    kvorum.close();
  }

  static Stream<Path> keptSequences() throws IOException {
    try (Stream<Path> files = Files.list(KEPT)) {
      return files.sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("keptSequences")
  void sequenceThatOnceFailed(Path file) throws IOException {
    assertThat(unexplained(Step.parseAll(Files.readString(file)), kvorum)).isEmpty();
  }

  @Test
  void generatedSequences() throws IOException {
    Seeds.forEach(
        SEEDS,
        random -> {
          List<Step> steps = new Generator(random).sequence();
          steps.forEach(coverage::add);
          requireSame(steps, kvorum);
        });
    assertThat(timeouts).as("sequences that say nothing").isLessThan(MAX_TIMEOUTS);
    if (Long.getLong("seed") == null) {
      Files.writeString(COVERAGE, coverage.toString());
      assertThat(coverage.missing()).as("options that were never tried").isEqualTo(NEVER_TRIED);
    }
  }

  @Test
  void generatedSequences_throughAProxy() throws IOException {
    try (Contestant proxied = Contestant.start(Product.KVORUM, true)) {
      Seeds.forEach(
          PROXIED_SEEDS, random -> requireSame(new Generator(random).sequence(), proxied));
    }
  }

  private static void requireSame(List<Step> steps, Contestant ours) throws IOException {
    List<Difference> differences = unexplained(steps, ours);
    if (!differences.isEmpty()) {
      report(differences, shrunk(steps, ours), ours);
    }
  }

  /// Of a sequence that kills etcd, the one thing that counts is that Kvorum lives; of one in which
  /// etcd ran out of time, nothing does.
  private static List<Difference> unexplained(List<Step> steps, Contestant contestant)
      throws IOException {
    Server.Observed ours =
        contestant
            .run(steps)
            .orElseThrow(() -> new AssertionError(contestant.member().lastWords()));
    Optional<Server.Observed> theirs = etcd.run(steps);
    if (theirs.isEmpty()) {
      etcd.close();
      etcd = Contestant.start(Product.ETCD);
      return List.of();
    }
    if (theirs.orElseThrow().answers().stream().anyMatch(Server.Answer::isTimeout)) {
      timeouts++;
      return List.of();
    }
    return known.unexplained(Difference.between(steps, theirs.orElseThrow(), ours));
  }

  /// Leaves out steps as long as a difference remains.
  private static List<Step> shrunk(List<Step> steps, Contestant ours) throws IOException {
    List<Step> shortest = steps;
    boolean shorter = true;
    while (shorter) {
      shorter = false;
      for (int i = shortest.size() - 1; i >= 0; i--) {
        var without = new ArrayList<>(shortest);
        without.remove(i);
        if (!unexplained(without, ours).isEmpty()) {
          shortest = without;
          shorter = true;
        }
      }
    }
    return shortest;
  }

  /// @param first what the whole sequence showed, which may not show again
  private static void report(List<Difference> first, List<Step> shortest, Contestant ours)
      throws IOException {
    var text = new StringBuilder();
    shortest.forEach(step -> text.append(step).append('\n'));
    fail("%s%nfirst seen:%n%s%nshortest sequence:%n%s", unexplained(shortest, ours), first, text);
  }
}
