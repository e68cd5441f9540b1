package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.kvorum.node.proto.etcd.AuthGrpc;
import io.kvorum.node.proto.etcd.AuthenticateRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.suite.conformance.KnownDifferences;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Certificates;
import io.kvorum.testkit.Program;
import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Users, roles and rights: the machine's own etcdctl can't tell Kvorum from etcd, but for what
/// docs/compatibility.md says.
@Timeout(600)
final class AuthTest {

  private static final Duration BOUND = Duration.ofSeconds(30);
  private static final Path SCRIPT =
      ProjectRoot.find().resolve("e2e/suite/src/test/resources/etcdctl/users.txt");

  /// What makes a row of the page one of this script.
  private static final String ETCDCTL = "etcdctl ";

  /// The cheapest hashes.
  private static final String CHEAP = "--bcrypt-cost=4";

  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

  @TempDir private Path folder;

  @Test
  void usersRolesAndRights_areThoseOfEtcd() throws IOException {
    List<KnownDifferences.Row> rows =
        KnownDifferences.read().rows().stream()
            .filter(row -> row.operation().pattern().startsWith(ETCDCTL))
            .toList();
    var unused = new ArrayList<>(rows);
    var unexplained = new ArrayList<String>();
    try (var etcd = new MemberCluster(Product.ETCD, Files.createDirectory(folder("e")), 1);
        var kvorum = new MemberCluster(Product.KVORUM, Files.createDirectory(folder("k")), 3)) {
      var theirs = new EtcdctlScript(etcd.start(CHEAP).member(0).endpoint());
      kvorum.start(CHEAP);
      int leader = Rows.status(kvorum).indexOf(Rows.leaders(kvorum).getFirst());
      var ours = new EtcdctlScript(kvorum.member(leader).endpoint());
      for (String line : EtcdctlScript.lines(Files.readString(SCRIPT))) {
        CompletableFuture<String> awaited = CompletableFuture.supplyAsync(() -> theirs.run(line));
        String actual = ours.run(line);
        String expected = awaited.join();
        List<KnownDifferences.Row> explaining =
            rows.stream().filter(row -> row.explains(ETCDCTL + line, expected, actual)).toList();
        if (!actual.equals(expected)) {
          unused.removeAll(explaining);
          if (explaining.isEmpty()) {
            unexplained.add("$ " + line + "\n-- etcd\n" + expected + "-- kvorum\n" + actual);
          }
        }
      }
    }
    assertThat(unexplained).isEmpty();
    assertThat(unused).as("rows of the page that nothing shows any more").isEmpty();
  }

  private Path folder(String name) {
    return folder.resolve(name);
  }

  /// Root, and a user who may read and write what begins with `k`.
  private static void enable(EtcdctlScript etcdctl) {
    for (String line :
        List.of(
            "user add root:r",
            "role add root",
            "user grant-role root root",
            "user add u:u",
            "role add k",
            "role grant-permission k readwrite k --prefix",
            "user grant-role u k",
            "auth enable")) {
      assertThat(etcdctl.run(line)).as(line).startsWith("exit 0");
    }
  }

  @Test
  void watchesAndLeases_liveOnWhileUsersChange() {
    try (var cluster = new MemberCluster(Product.KVORUM, folder, 1).start(CHEAP)) {
      var etcdctl = new EtcdctlScript(cluster.member(0).endpoint());
      enable(etcdctl);
      assertThat(etcdctl.run("L = --user=u:u lease grant 3")).contains("granted with TTL(3s)");
      assertThat(etcdctl.run("--user=u:u put kl leased --lease=$L")).isEqualTo("exit 0\nOK\n");
      try (Program watch = cluster.command("--user=u:u", "watch", "k", "--prefix").start()) {
        Await.until(
            "the watch sees a change",
            BOUND,
            () -> {
              etcdctl.run("--user=u:u put k first");
              return watch.output().contains("PUT\nk\nfirst\n");
            });
        assertThat(etcdctl.run("--user=root:r user revoke-role u k")).startsWith("exit 0");
        assertThat(etcdctl.run("--user=u:u put k second"))
            .isEqualTo("exit 1\nError: etcdserver: permission denied\n");
        assertThat(etcdctl.run("--user=root:r put k third")).startsWith("exit 0");
        watch.awaitWhileAlive(
            "rights are asked for when a watch begins, not later",
            BOUND,
            () -> watch.output().contains("PUT\nk\nthird\n"));
        watch.awaitWhileAlive(
            "the lease ends whoever may write its keys",
            BOUND,
            () -> watch.output().contains("DELETE\nkl\n"));
      }
    }
  }

  /// Who may remove history is asked; the members' own compaction is nobody's, and goes on.
  @Test
  void compaction_isForRootAndForTheClock() {
    try (var cluster =
        new MemberCluster(Product.KVORUM, folder, 1)
            .start(CHEAP, "--auto-compaction-mode=periodic", "--auto-compaction-retention=2s")) {
      var etcdctl = new EtcdctlScript(cluster.member(0).endpoint());
      enable(etcdctl);
      for (int i = 0; i < 3; i++) {
        assertThat(etcdctl.run("--user=u:u put k " + i)).isEqualTo("exit 0\nOK\n");
      }
      assertThat(etcdctl.run("--user=u:u compaction 3"))
          .isEqualTo("exit 1\nError: etcdserver: permission denied\n");
      assertThat(etcdctl.run("compaction 3"))
          .isEqualTo("exit 1\nError: etcdserver: user name is empty\n");
      assertThat(etcdctl.run("--user=root:r compaction 2")).contains("compacted");
      assertThat(etcdctl.run("until 'has been compacted': --user=u:u get k --rev=3"))
          .startsWith("exit 1");
      assertThat(etcdctl.run("--user=u:u get k")).isEqualTo("exit 0\nk\n2\n");
    }
  }

  /// Tokens that prove themselves are good at any server with the key, of either product.
  @ParameterizedTest
  @CsvSource({
    "RS256, genrsa -out key 2048, rsa -in key -pubout -out public",
    "ES256, ecparam -name prime256v1 -genkey -noout -out key, ec -in key -pubout -out public",
    "HS256, rand -hex -out key 32, rand -hex -out public 32"
  })
  void jsonWebTokens_areGoodAtEither(String method, String makeKey, String makePublic)
      throws Exception {
    var keys = new Certificates(Files.createDirectory(folder("keys")));
    keys.openssl(makeKey.split(" ", -1));
    keys.openssl(makePublic.split(" ", -1));
    boolean shared = method.startsWith("HS");
    String flag =
        "--auth-token=jwt,sign-method="
            + method
            + ",ttl=10m,priv-key="
            + folder("keys/key")
            + (shared ? "" : ",pub-key=" + folder("keys/public"));
    try (var etcd = new MemberCluster(Product.ETCD, Files.createDirectory(folder("e")), 1);
        var kvorum = new MemberCluster(Product.KVORUM, Files.createDirectory(folder("k")), 1)) {
      var contestants = List.of(etcd.start(CHEAP, flag), kvorum.start(CHEAP, flag));
      for (MemberCluster cluster : contestants) {
        enable(new EtcdctlScript(cluster.member(0).endpoint()));
      }
      for (MemberCluster issuer : contestants) {
        String token = token(issuer.member(0));
        assertThat(token.split("\\.", -1)).as("header, claims, signature").hasSize(3);
        for (MemberCluster asked : contestants) {
          assertThat(put(asked.member(0), token, "k")).isEqualTo("OK");
          assertThat(put(asked.member(0), token, "x"))
              .isEqualTo("PERMISSION_DENIED: etcdserver: permission denied");
          assertThat(put(asked.member(0), token + "A", "k"))
              .isEqualTo("UNAUTHENTICATED: etcdserver: invalid auth token");
        }
      }
      String old = token(kvorum.member(0));
      for (MemberCluster cluster : contestants) {
        var etcdctl = new EtcdctlScript(cluster.member(0).endpoint());
        assertThat(etcdctl.run("--user=root:r role add later")).startsWith("exit 0");
        assertThat(put(cluster.member(0), old, "k"))
            .isEqualTo("INVALID_ARGUMENT: etcdserver: revision of auth store is old");
      }
    }
  }

  private static String token(MemberProcess member) {
    ManagedChannel channel =
        NettyChannelBuilder.forTarget(member.endpoint()).usePlaintext().build();
    try {
      return AuthGrpc.newBlockingStub(channel)
          .withDeadlineAfter(BOUND.toSeconds(), TimeUnit.SECONDS)
          .authenticate(AuthenticateRequest.newBuilder().setName("u").setPassword("u").build())
          .getToken();
    } finally {
      channel.shutdownNow();
    }
  }

  private static String put(MemberProcess member, String token, String key) {
    ManagedChannel channel =
        NettyChannelBuilder.forTarget(member.endpoint()).usePlaintext().build();
    var headers = new Metadata();
    headers.put(TOKEN, token);
    try {
      var _ =
          KVGrpc.newBlockingStub(channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
              .withDeadlineAfter(BOUND.toSeconds(), TimeUnit.SECONDS)
              .put(
                  PutRequest.newBuilder()
                      .setKey(com.google.protobuf.ByteString.copyFromUtf8(key))
                      .build());
      return "OK";
    } catch (io.grpc.StatusRuntimeException e) {
      return e.getStatus().getCode() + ": " + e.getStatus().getDescription();
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void certificate_isWhoItNames() throws Exception {
    var certificates = new Certificates(Files.createDirectory(folder("tls")));
    var expected = new ArrayList<String>();
    for (Product product : Product.values()) {
      try (var member =
          new MemberProcess(product, "tls", Files.createDirectory(folder(product.name())))) {
        certificates.issue("server", "IP:" + member.address());
        for (String client : List.of("u", "stranger", "root")) {
          certificates.issue(client, "IP:127.0.0.1");
        }
        certificates.issueAs("first", "/CN=u/O=o/CN=stranger", "IP:127.0.0.1");
        certificates.issueAs("last", "/CN=stranger/O=o/CN=u", "IP:127.0.0.1");
        startWithClientCertificates(member, certificates);
        var answers = new ArrayList<String>();
        var root = etcdctl(member, certificates, "root");
        enable(root);
        for (String line :
            List.of(
                "put k 1",
                "get k",
                "get x",
                "--user=root:r user list",
                "--user=u:wrong get k",
                "watch x")) {
          answers.add(line + "\n" + etcdctl(member, certificates, "u").run(line));
          answers.add(line + "\n" + etcdctl(member, certificates, "stranger").run(line));
        }
        for (String client : List.of("first", "last")) {
          answers.add(client + "\n" + etcdctl(member, certificates, client).run("put k 1"));
        }
        answers.add(root.run("user list"));
        answers.add(root.run("auth disable"));
        answers.add(etcdctl(member, certificates, "stranger").run("get k"));
        if (product == Product.ETCD) {
          expected.addAll(answers);
        } else {
          assertThat(answers).containsExactlyElementsOf(expected);
        }
      }
    }
  }

  private static EtcdctlScript etcdctl(
      MemberProcess member, Certificates certificates, String name) {
    return new EtcdctlScript(
        "https://" + member.endpoint(),
        "--cacert=" + certificates.file("ca.crt"),
        "--cert=" + certificates.file(name + ".crt"),
        "--key=" + certificates.file(name + ".key"));
  }

  private static void startWithClientCertificates(MemberProcess member, Certificates certificates) {
    String url = "https://" + member.endpoint();
    var flags =
        new ArrayList<String>(
            member.flags("--", true, member.name() + "=" + member.peerUrl(), "new"));
    flags.removeIf(flag -> flag.contains("client-urls"));
    member.start(
        member
            .launch()
            .with(flags.toArray(String[]::new))
            .with(
                CHEAP,
                "--listen-client-urls=" + url,
                "--advertise-client-urls=" + url,
                "--client-cert-auth",
                "--trusted-ca-file=" + certificates.file("ca.crt"),
                "--cert-file=" + certificates.file("server.crt"),
                "--key-file=" + certificates.file("server.key")));
    var root = etcdctl(member, certificates, "root");
    member
        .program()
        .awaitWhileAlive("it serves", BOUND, () -> root.run("get none").startsWith("exit 0"));
  }
}
