package io.kvorum.suite.walkthroughs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.suite.members.Product;
import io.kvorum.testkit.Loopback;
import io.kvorum.testkit.Program;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The ids that documents print come of the URLs and tokens that they name, in Kvorum and in etcd.
/// A member knows them before it has heard of any other, so it listens elsewhere than it says.
@Timeout(300)
final class DocumentIdsTest {

  private static final Duration BOUND = Duration.ofSeconds(60);

  private static final String ONE_MACHINE =
      "infra1=http://127.0.0.1:12380,infra2=http://127.0.0.1:22380,infra3=http://127.0.0.1:32380";
  private static final String THREE_MACHINES =
      "master=http://192.168.1.201:2380,node1=http://192.168.56.3:2380,"
          + "node2=http://192.168.56.4:2380";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "ETCD, infra1, 8211f1d0f64f3269, ef37ad9dc622a7c4",
    "KVORUM, infra1, 8211f1d0f64f3269, ef37ad9dc622a7c4",
    "KVORUM, infra2, 91bc3c398fb3c146, ef37ad9dc622a7c4",
    "KVORUM, infra3, fd422379fda50e48, ef37ad9dc622a7c4",
  })
  void oneMachine(Product product, String name, String memberId, String clusterId) {
    assertIds(product, ONE_MACHINE, "etcd-cluster-1", name, List.of(memberId, clusterId));
  }

  @ParameterizedTest
  @CsvSource({
    "ETCD, master, b4b07e4c725567ef",
    "KVORUM, master, b4b07e4c725567ef",
    "KVORUM, node1, f6e21250ef798b6d",
    "KVORUM, node2, de5365f8233167d3",
  })
  void threeMachines(Product product, String name, String memberId) {
    assertIds(product, THREE_MACHINES, "etcd-cluster", name, List.of(memberId));
  }

  private void assertIds(
      Product product, String cluster, String token, String name, List<String> ids) {
    String own = cluster.substring(cluster.indexOf(name + "=") + name.length() + 1);
    String advertised = own.contains(",") ? own.substring(0, own.indexOf(',')) : own;
    String address = Loopback.next(2379, 2380);
    try (Program member =
        product
            .member()
            .with("--name=" + name, "--data-dir=" + folder.resolve("data"))
            .with("--initial-cluster=" + cluster, "--initial-cluster-token=" + token)
            .with("--initial-advertise-peer-urls=" + advertised)
            .with("--listen-peer-urls=http://" + address + ":2380")
            .with("--listen-client-urls=http://" + address + ":2379")
            .with("--advertise-client-urls=http://" + address + ":2379")
            .start()) {
      // Both say so in one line: "starting member ID in cluster ID", and as fields.
      member.awaitLine("the ids " + ids, line -> ids.stream().allMatch(line::contains), BOUND);
      assertThat(member.isAlive()).isTrue();
    }
  }
}
