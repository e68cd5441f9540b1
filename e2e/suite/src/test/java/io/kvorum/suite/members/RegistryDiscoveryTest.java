package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Certificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Members that nobody lists find each other below a token of API v3, in a real etcd and in ours.
@Timeout(300)
final class RegistryDiscoveryTest {

  private static final Duration BOUND = Duration.ofSeconds(90);
  private static final int SIZE = 3;
  private static final String REGISTRY = "/_etcd/registry/";

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(Product.class)
  void threeFormACluster_aFourthIsTooMany(Product host) throws Exception {
    var members = new ArrayList<MemberProcess>();
    try (MemberCluster registry = registry(host).start()) {
      registry.succeed("put", REGISTRY + "t1/_config/size", "" + SIZE);
      for (int i = 0; i < SIZE; i++) {
        var member = new MemberProcess(Product.KVORUM, "infra" + i, folder);
        members.add(member);
        start(member, "t1", registry.endpoints());
        if (i == 0) {
          // Whoever is killed while it waits finds its own registration.
          member.program().awaitLine("1 of 3 members are there", BOUND);
          member.program().kill();
          start(member, "t1", registry.endpoints());
        }
      }
      members.forEach(MemberProcess::awaitHealthy);
      MemberProcess first = members.getFirst();
      assertThat(registry.succeedAt(first.endpoint(), "member", "list").lines()).hasSize(SIZE);
      registry.succeedAt(first.endpoint(), "put", "foo", "ruby");
      assertThat(registry.succeedAt(members.getLast().endpoint(), "get", "foo"))
          .isEqualTo("foo\nruby\n");
      assertThat(registry.succeed("get", REGISTRY + "t1/members/", "--prefix"))
          .contains("infra0=" + first.peerUrl());

      try (var fourth = new MemberProcess(Product.KVORUM, "infra9", folder)) {
        start(fourth, "t1", registry.endpoints());
        assertThat(fourth.program().awaitExit(BOUND)).isEqualTo(1);
        assertThat(fourth.program().errors()).contains("discovery: cluster is full");
      }
    } finally {
      members.forEach(MemberProcess::close);
    }
  }

  @Test
  void whatIsWrongWithAToken_isSaid() throws Exception {
    try (MemberCluster registry = registry(Product.KVORUM).start()) {
      String endpoints = registry.endpoints();
      assertThat(refusal("none", endpoints)).contains("discovery: size key not found");
      registry.succeed("put", REGISTRY + "words/_config/size", "many");
      assertThat(refusal("words", endpoints)).contains("discovery: size key is bad", "many");
      registry.succeed("put", REGISTRY + "zero/_config/size", "0");
      assertThat(refusal("zero", endpoints)).contains("discovery: size key is bad");
      registry.succeed("put", REGISTRY + "twin/_config/size", "2");
      registry.succeed("put", REGISTRY + "twin/members/1234", "d=http://10.0.0.1:2380");
      assertThat(refusal("twin", endpoints)).contains("discovery: found duplicate name");
      assertThat(refusal("twin", endpoints, "--initial-cluster-state=existing"))
          .contains("discovery URL should not be set when joining existing initial cluster");

      registry.succeed("put", REGISTRY + "gone/_config/size", "2");
      try (var member = new MemberProcess(Product.KVORUM, "d", folder)) {
        start(member, "gone", endpoints);
        member.program().awaitLine("1 of 2 members are there", BOUND);
        registry.succeed("del", REGISTRY + "gone", "--prefix");
        assertThat(member.program().awaitExit(BOUND)).isEqualTo(1);
        assertThat(member.program().errors())
            .contains("discovery: the registration of this member has vanished");
      }
    }
  }

  @Test
  void aRegistryWithUsersAndCertificates_isAskedAsOne() throws Exception {
    var certificates = new Certificates(folder);
    Path service = Files.createDirectory(folder.resolve("service"));
    try (MemberCluster registry =
            MemberCluster.withTls(Product.KVORUM, service, 1, certificates).start();
        var alone = new MemberProcess(Product.KVORUM, "alone", folder)) {
      registry.succeed("put", REGISTRY + "t2/_config/size", "1");
      registry.succeed("user", "add", "root:secret");
      registry.succeed("user", "grant-role", "root", "root");
      registry.succeed("auth", "enable");
      List<String> files =
          List.of(
              "--discovery-cacert=" + certificates.file("ca.crt"),
              "--discovery-cert=" + certificates.file("client.crt"),
              "--discovery-key=" + certificates.file("client.key"));
      var wrong = new ArrayList<>(files);
      wrong.add("--discovery-user=root:other");
      assertThat(refusal("t2", registry.endpoints(), wrong.toArray(String[]::new)))
          .contains("authentication failed, invalid user ID or password");
      var right = new ArrayList<>(files);
      right.add("--discovery-user=root:secret");
      start(alone, "t2", registry.endpoints(), right.toArray(String[]::new));
      alone.awaitHealthy();
    }
  }

  private MemberCluster registry(Product host) throws Exception {
    return new MemberCluster(host, Files.createDirectory(folder.resolve("service")), 1);
  }

  private String refusal(String token, String endpoints, String... more) {
    try (var member = new MemberProcess(Product.KVORUM, "d", folder)) {
      start(member, token, endpoints, more);
      assertThat(member.program().awaitExit(BOUND)).isEqualTo(1);
      return member.program().errors();
    }
  }

  private static void start(MemberProcess member, String token, String endpoints, String... more) {
    member.start(
        member
            .launch()
            .with(
                "--name=" + member.name(),
                "--data-dir=" + member.dataFolder(),
                "--initial-advertise-peer-urls=" + member.peerUrl(),
                "--listen-peer-urls=" + member.peerUrl(),
                "--listen-client-urls=" + member.clientUrl(),
                "--advertise-client-urls=" + member.clientUrl(),
                "--discovery-token=" + token,
                "--discovery-endpoints=" + endpoints)
            .with(more));
  }
}
