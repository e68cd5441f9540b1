package io.kvorum.node.server.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.node.dns.Answer;
import io.kvorum.node.dns.Target;
import io.kvorum.node.server.config.Discovery;
import io.kvorum.node.server.config.Url;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// How records become the members of a cluster. A real name server is asked by the end-to-end
/// suite.
final class RecordSearchTest {

  private static final Discovery.Dns PLACE = new Discovery.Dns("example.com", "");

  private final Map<String, Answer> records = new TreeMap<>();
  private final Map<String, String> addresses = new TreeMap<>();
  private final List<String> asked = new ArrayList<>();

  private String find(Discovery.Dns place, String name, String urls) {
    return new RecordSearch(
            (service, domain) -> {
              asked.add(service + " " + domain);
              return records.getOrDefault(service, new Answer.Missing(service));
            },
            host -> {
              if (!addresses.containsKey(host)) {
                throw new UnknownHostException(host);
              }
              return new InetAddress[] {InetAddress.ofLiteral(addresses.get(host))};
            },
            Duration.ZERO)
        .find(place, new Candidate("1", name, Url.parseList(urls)));
  }

  private void records(String service, int... members) {
    records.put(
        service,
        new Answer.Found(
            IntStream.of(members)
                .mapToObj(i -> new Target(0, 0, 2380, "infra" + i + ".example.com"))
                .toList()));
    for (int i : members) {
      addresses.put("infra" + i + ".example.com", "10.0.0." + i);
    }
  }

  @Test
  void bothServices_areAsked_theSecureOneFirst() {
    records("etcd-server-ssl", 1);
    records("etcd-server", 2);
    assertThat(find(PLACE, "b", "http://infra2.example.com:2380"))
        .isEqualTo("0=https://infra1.example.com:2380,b=http://infra2.example.com:2380");
    assertThat(asked).containsExactly("etcd-server-ssl example.com", "etcd-server example.com");
  }

  @Test
  void aMemberKnowsItself_byItsAddress() {
    addresses.put("10.0.0.2", "10.0.0.2");
    records("etcd-server", 1, 2, 3);
    assertThat(find(PLACE, "0", "http://10.0.0.2:2380"))
        .isEqualTo(
            "1=http://infra1.example.com:2380,0=http://infra2.example.com:2380,2=http://infra3.example.com:2380");
  }

  @Test
  void aSuffix_makesOtherNames() {
    records("etcd-server-blue", 1);
    assertThat(
            find(new Discovery.Dns("example.com", "blue"), "a", "http://infra1.example.com:2380"))
        .isEqualTo("a=http://infra1.example.com:2380");
    assertThat(asked)
        .containsExactly("etcd-server-ssl-blue example.com", "etcd-server-blue example.com");
  }

  @Test
  void whatIsMissing_isSaid() {
    assertThatThrownBy(() -> find(PLACE, "a", "http://infra1.example.com:2380"))
        .hasMessage(
            "error querying DNS SRV records: etcd-server-ssl: no such records; etcd-server: no such"
                + " records");
    records("etcd-server", 1);
    assertThatThrownBy(() -> find(PLACE, "x", "http://10.0.0.9:2380"))
        .hasMessageStartingWith("cannot find local etcd member \"x\" in SRV records")
        .hasMessageEndingWith("without an address: [10.0.0.9]");
    assertThatThrownBy(() -> find(PLACE, "a", "https://infra1.example.com:2380"))
        .hasMessage(
            "bootstrap at http://infra1.example.com:2380 from DNS has scheme mismatch with expected"
                + " peer https://infra1.example.com:2380");
  }

  @Test
  void aServerThatSaysNothing_makesNoSmallerCluster() {
    records("etcd-server", 1);
    records.put("etcd-server-ssl", new Answer.Silent("etcd-server-ssl", "timed out"));
    assertThatThrownBy(() -> find(PLACE, "a", "http://infra1.example.com:2380"))
        .hasMessage("error querying DNS SRV records: etcd-server-ssl: timed out");
  }
}
