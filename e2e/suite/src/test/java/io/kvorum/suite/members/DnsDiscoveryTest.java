package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Certificates;
import io.kvorum.testkit.Loopback;
import io.kvorum.testkit.Program;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Members and clients find each other by the SRV records of a real name server.
@Timeout(300)
final class DnsDiscoveryTest {

  private static final Duration BOUND = Duration.ofSeconds(90);

  @TempDir private Path folder;

  private final List<MemberProcess> members = new ArrayList<>();

  private void members(int count) {
    for (int i = 0; i < count; i++) {
      members.add(new MemberProcess(Product.KVORUM, "infra" + i, folder));
    }
  }

  private NameServer names(String... services) throws Exception {
    Map<String, String> hosts = new LinkedHashMap<>();
    members.forEach(member -> hosts.put(member.name(), member.address()));
    var records = new ArrayList<String>();
    for (String service : services) {
      boolean ofClients = service.contains("client");
      int port = ofClients ? MemberProcess.CLIENT_PORT : MemberProcess.PEER_PORT;
      members.forEach(member -> records.add(service + " " + member.name() + " " + port));
    }
    return new NameServer(folder, hosts, records);
  }

  @Test
  void threeForm_clientsFindThem_aFourthIsNoneOfThem() throws Exception {
    members(3);
    try (NameServer dns = names("_etcd-server._tcp", "_etcd-client._tcp")) {
      for (MemberProcess member : members) {
        start(dns, member, "http://" + member.name() + "." + NameServer.DOMAIN + ":2380");
      }
      members.forEach(MemberProcess::awaitHealthy);
      assertThat(ctl(dns, "put", "foo", "ruby").output()).isEqualTo("OK\n");
      assertThat(ctl(dns, "get", "foo").output()).isEqualTo("foo\nruby\n");
      assertThat(ctl(dns, "member", "list").output().lines())
          .hasSize(3)
          .anyMatch(line -> line.contains("infra1, http://infra1.example.com:2380"));

      proxyAndGateway_findThem(dns);

      Program.Result careful = ctl(dns, "get", "foo", "--insecure-discovery=false");
      assertThat(careful.errors())
          .contains("ignoring discovered insecure endpoint \"http://infra0.example.com:2379\"");
      Program.Result lost = ctl(dns, "get", "foo", "--discovery-srv-name=blue");
      assertThat(lost.exitCode()).isEqualTo(1);
      assertThat(lost.errors())
          .contains(
              "Error: dns lookup errors: lookup _etcd-client-ssl-blue._tcp.example.com: no such"
                  + " host and lookup _etcd-client-blue._tcp.example.com: no such host");

      try (var fourth = new MemberProcess(Product.KVORUM, "infra9", folder)) {
        start(dns, fourth, fourth.peerUrl());
        assertThat(fourth.program().awaitExit(BOUND)).isEqualTo(1);
        assertThat(fourth.program().errors())
            .contains("cannot find local etcd member \\\"infra9\\\" in SRV records");
      }
    } finally {
      members.forEach(MemberProcess::close);
    }
  }

  private void proxyAndGateway_findThem(NameServer dns) {
    for (String program : List.of("grpc-proxy", "gateway")) {
      String endpoint = Loopback.next(MemberProcess.CLIENT_PORT) + ":" + MemberProcess.CLIENT_PORT;
      Program.Launch launch =
          dns.known(Product.KVORUM.member())
              .in(folder)
              .with(program, "start", "--listen-addr=" + endpoint)
              .with("--discovery-srv=" + NameServer.DOMAIN);
      Program.Result careful = launch.run(BOUND);
      assertThat(careful.exitCode()).isEqualTo(1);
      assertThat(careful.errors()).contains("ignoring discovered insecure endpoint");
      try (Program relay = launch.with("--insecure-discovery").start()) {
        relay.awaitLine(endpoint, BOUND);
        assertThat(
                Program.command("etcdctl", "--endpoints=" + endpoint, "get", "foo")
                    .environment("ETCDCTL_API", "3")
                    .run(BOUND)
                    .output())
            .isEqualTo("foo\nruby\n");
      }
    }
  }

  @Test
  void theSecureRecords_withASuffix_formAClusterOfPeersWithCertificates() throws Exception {
    members(2);
    var certificates = new Certificates(folder);
    try (NameServer dns = names("_etcd-server-ssl-blue._tcp", "_etcd-client-blue._tcp")) {
      for (MemberProcess member : members) {
        String host = member.name() + "." + NameServer.DOMAIN;
        certificates.issue(member.name(), "DNS:" + host + ",IP:" + member.address());
        start(
            dns,
            member,
            "https://" + host + ":2380",
            "--discovery-srv-name=blue",
            "--peer-cert-file=" + certificates.file(member.name() + ".crt"),
            "--peer-key-file=" + certificates.file(member.name() + ".key"),
            "--peer-trusted-ca-file=" + certificates.file("ca.crt"));
      }
      members.forEach(MemberProcess::awaitHealthy);
      assertThat(ctl(dns, "put", "a", "b", "--discovery-srv-name=blue").output()).isEqualTo("OK\n");
      assertThat(ctl(dns, "member", "list", "--discovery-srv-name=blue").output().lines())
          .hasSize(2)
          .allMatch(line -> line.contains("https://infra"));
    } finally {
      members.forEach(MemberProcess::close);
    }
  }

  private static void start(NameServer dns, MemberProcess member, String peerUrl, String... more) {
    member.start(
        dns.known(member.launch())
            .with(
                "--name=" + member.name(),
                "--data-dir=" + member.dataFolder(),
                "--discovery-srv=" + NameServer.DOMAIN,
                "--initial-advertise-peer-urls=" + peerUrl,
                "--initial-cluster-token=etcd-cluster-1",
                "--initial-cluster-state=new",
                "--advertise-client-urls=" + member.clientUrl(),
                "--listen-client-urls=" + member.clientUrl(),
                "--listen-peer-urls=" + peerUrl.replaceAll("//.*:", "//" + member.address() + ":"))
            .with(more));
  }

  private Program.Result ctl(NameServer dns, String... words) {
    return dns.known(Product.ctl())
        .in(folder)
        .with("--discovery-srv=" + NameServer.DOMAIN)
        .with(words)
        .run(BOUND);
  }
}
