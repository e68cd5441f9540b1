package io.kvorum.node.server.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Certificates;
import io.kvorum.testkit.Program;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The clients people have, against one port: grpc-java, stock etcdctl and curl, in plaintext, with
/// TLS, and with client certificates.
final class RealClientsTest {

  private static final Duration BOUND = Duration.ofSeconds(20);

  private static final String PUT_DONE =
      "{\"header\":{\"cluster_id\":\"193\",\"member_id\":\"1\",\"revision\":\"7\"}}";

  @TempDir Path folder;

  @Test
  void plaintext() {
    try (var front = new TrialFront("http")) {
      assertThat(grpcPutAndGet(front, null)).isEqualTo("plaintext");
      assertThat(etcdctl(front, "http", "put", "a", "b")).isEqualTo("OK\n");
      assertThat(etcdctl(front, "http", "get", "a")).isEqualTo("a\nb\n");
      for (String version :
          List.of("--http1.0", "--http1.1", "--http2", "--http2-prior-knowledge")) {
        assertThat(curl(front, "http", version))
            .as(version)
            .startsWith("200 ")
            .endsWith("{\"health\":\"true\",\"reason\":\"\"}");
      }
      assertThat(curl(front, "http", "--http1.1")).startsWith("200 1.1 ");
      assertThat(curl(front, "http", "--http2-prior-knowledge")).startsWith("200 2 ");
    }
  }

  @Test
  void tls() throws Exception {
    var certificates = new Certificates(folder);
    try (var front =
        new TrialFront(
            "https",
            "--cert-file=" + certificates.file("server.crt"),
            "--key-file=" + certificates.file("server.key")) {
          @Override
          void prepare(String address) throws Exception {
            certificates.issue("server", "IP:" + address + ",DNS:localhost");
          }
        }) {
      String authority = "--cacert=" + certificates.file("ca.crt");
      assertThat(grpcPutAndGet(front, clientTls(certificates, ""))).isEqualTo("TLSv1.3 0");
      assertThat(etcdctl(front, "https", authority, "put", "a", "b")).isEqualTo("OK\n");
      assertThat(etcdctl(front, "https", authority, "get", "a")).isEqualTo("a\nb\n");
      assertThat(etcdctl(front, "https", authority, "get", "whoami")).endsWith("TLSv1.3 0\n");
      String[] trust = {"--cacert", certificates.file("ca.crt")};
      assertThat(curl(front, "https", trust)).as("it offers both").startsWith("200 2 ");
      assertThat(curl(front, "https", with(trust, "--http1.1"))).startsWith("200 1.1 ");
      assertThat(curl(front, "https", with(trust, "--http2"))).startsWith("200 2 ");
      assertThat(curl(front, "https", with(trust, "--no-alpn"))).startsWith("200 1.1 ");
      assertThat(curl(front, "https", with(trust, "--tlsv1.2", "--tls-max", "1.2")))
          .startsWith("200 2 ");
      assertThat(curlFailure(front, "https")).contains("certificate");
      assertThat(curlFailure(front, "http")).contains("Empty reply");
    }
  }

  @Test
  void clientCertificates() throws Exception {
    var certificates = new Certificates(folder);
    certificates.issueRsa("alice", "DNS:alice.example");
    certificates.issue("bob", "DNS:bob.example");
    certificates.issue("carol", "DNS:carol.example");
    certificates.authority("other");
    certificates.issue("mallory", "other", "DNS:alice.example", "30");
    certificates.revoke("carol");
    try (var front =
        new TrialFront(
            "https",
            "--cert-file=" + certificates.file("server.crt"),
            "--key-file=" + certificates.file("server.key"),
            "--client-cert-auth",
            "--trusted-ca-file=" + certificates.file("ca.crt"),
            "--client-crl-file=" + certificates.file("revoked.crl"),
            "--client-cert-allowed-hostname=alice.example,carol.example") {
          @Override
          void prepare(String address) throws Exception {
            certificates.issue("server", "IP:" + address);
          }
        }) {
      assertThat(etcdctl(front, "https", credentials(certificates, "alice", "get", "whoami")))
          .endsWith("TLSv1.3 1\n");
      assertThat(curl(front, "https", curlCredentials(certificates, "alice"))).startsWith("200 2");
      for (String refused : List.of("bob", "carol", "mallory")) {
        assertThat(curlFailure(front, "https", curlCredentials(certificates, refused)))
            .as(refused)
            .isNotEmpty();
      }
      assertThat(curlFailure(front, "https", "--cacert", certificates.file("ca.crt"))).isNotEmpty();
    }
  }

  /// etcd took revoked certificates on URLs for HTTP alone.
  @Test
  void revokedCertificate_isRefusedOnUrlsForHttpAlone() throws Exception {
    var certificates = new Certificates(folder);
    certificates.issue("alice", "DNS:alice.example");
    certificates.issue("carol", "DNS:carol.example");
    certificates.revoke("carol");
    try (var front =
        new TrialFront(
            "https",
            "--listen-client-http-urls=https://@address:" + TrialFront.HTTP_PORT,
            "--cert-file=" + certificates.file("server.crt"),
            "--key-file=" + certificates.file("server.key"),
            "--client-cert-auth",
            "--trusted-ca-file=" + certificates.file("ca.crt"),
            "--client-crl-file=" + certificates.file("revoked.crl")) {
          @Override
          void prepare(String address) throws Exception {
            certificates.issue("server", "IP:" + address);
          }
        }) {
      String url = "https://" + front.address + ":" + TrialFront.HTTP_PORT + "/health";
      assertThat(exitCode(url, curlCredentials(certificates, "alice"))).isZero();
      assertThat(exitCode(url, curlCredentials(certificates, "carol"))).isNotZero();
      assertThat(exitCode(url, "--cacert", certificates.file("ca.crt"))).isNotZero();
    }
  }

  /// Of a session that is resumed the JDK asks no trust manager.
  @Test
  void revokedCertificate_isRefusedInAResumedSession() throws Exception {
    var certificates = new Certificates(folder);
    certificates.issue("carol", "DNS:carol.example");
    for (String version : List.of("-tls1_2", "-tls1_3")) {
      certificates.issue("alice", "DNS:alice.example");
      certificates.revoke("carol");
      try (var front =
          secure(
              certificates,
              "--client-cert-auth",
              "--trusted-ca-file=" + certificates.file("ca.crt"),
              "--client-crl-file=" + certificates.file("revoked.crl"))) {
        String session = certificates.file("session" + version);
        assertThat(talk(front, certificates, version, "-sess_out", session))
            .contains("New, TLS", "\"health\":\"true\"");
        assertThat(talk(front, certificates, version, "-sess_in", session))
            .contains("Reused, TLS", "\"health\":\"true\"");
        certificates.revoke("alice");
        assertThat(talk(front, certificates, version, "-sess_in", session))
            .doesNotContain("health");
      }
    }
  }

  /// What openssl prints of a TLS connection and the answer on it.
  private static String talk(
      TrialFront front, Certificates certificates, String version, String... more) {
    return Program.command(
            "openssl",
            "s_client",
            version,
            "-ign_eof",
            "-connect",
            front.address + ":" + TrialFront.PORT,
            "-CAfile",
            certificates.file("ca.crt"),
            "-cert",
            certificates.file("alice.crt"),
            "-key",
            certificates.file("alice.key"))
        .with(more)
        .run(
            "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII),
            BOUND)
        .output();
  }

  private static int exitCode(String url, String... arguments) {
    var command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "5", url));
    command.addAll(List.of(arguments));
    return Program.command(command).run(BOUND).exitCode();
  }

  /// Whoever connects and says nothing does not keep a place.
  @Test
  void silentConnection_isClosed_withTlsAndWithout() throws Exception {
    var certificates = new Certificates(folder);
    certificates.issue("server", "DNS:localhost");
    for (String scheme : List.of("http", "https")) {
      try (var front =
              new TrialFront(
                  scheme,
                  "--cert-file=" + certificates.file("server.crt"),
                  "--key-file=" + certificates.file("server.key")) {
                @Override
                Patience patience() {
                  return new Patience(300, 15_000, 60_000, 120_000, 2_000);
                }
              };
          var socket = new Socket()) {
        socket.connect(new InetSocketAddress(front.address, TrialFront.PORT));
        socket.setSoTimeout((int) BOUND.toMillis());
        assertThat(socket.getInputStream().read()).as(scheme).isEqualTo(-1);
      }
    }
  }

  @Test
  void json_overEveryProtocol() throws Exception {
    try (var front = new TrialFront("http")) {
      for (String version : List.of("--http1.0", "--http1.1", "--http2-prior-knowledge")) {
        assertThat(json(front, "http", version)).as(version).isEqualTo(PUT_DONE);
      }
    }
    var certificates = new Certificates(folder);
    try (var front = secure(certificates)) {
      assertThat(json(front, "https", "--cacert", certificates.file("ca.crt"))).isEqualTo(PUT_DONE);
    }
  }

  @Test
  void longJson_overHttp2() throws Exception {
    try (var front = new TrialFront("http")) {
      String value = Base64.getEncoder().encodeToString(new byte[1_500_000]);
      Path body = folder.resolve("body.json");
      Files.writeString(body, "{\"key\":\"YQ==\",\"value\":\"" + value + "\"}");
      String http2 = "--http2-prior-knowledge";
      assertThat(post(front, "http", "put", "@" + body, http2)).isEqualTo(PUT_DONE);
      assertThat(post(front, "http", "range", "{\"key\":\"YQ==\"}", http2)).contains(value);
      Files.writeString(body, "{\"value\":\"" + value.repeat(3));
      assertThat(post(front, "http", "put", "@" + body, http2))
          .contains("grpc: received message larger than max");
    }
  }

  /// The pair that a member makes itself encrypts, names the member's address, and stays.
  @Test
  void ownCertificate() throws Exception {
    Path fixtures = folder.resolve("data/fixtures/client");
    String first;
    try (var front = new TrialFront("https", "--auto-tls", "--data-dir=" + folder + "/data")) {
      assertThat(curl(front, "https", "-k")).startsWith("200 2 ");
      assertThat(curl(front, "https", "--cacert", fixtures + "/cert.pem")).startsWith("200 2 ");
      assertThat(curlFailure(front, "https")).contains("certificate");
      assertThat(
              etcdctl(
                  front,
                  "https",
                  "--insecure-transport=false",
                  "--insecure-skip-tls-verify",
                  "put",
                  "a",
                  "b"))
          .isEqualTo("OK\n");
      first = Files.readString(fixtures.resolve("cert.pem"));
    }
    assertThat(Files.getPosixFilePermissions(fixtures.resolve("key.pem")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    Program.Result shown =
        Program.command("openssl", "x509", "-in", fixtures + "/cert.pem", "-noout", "-text")
            .run(BOUND);
    assertThat(shown.output())
        .contains("Issuer: O = kvorum", "ecdsa-with-SHA256", "IP Address:127.")
        .contains("TLS Web Server Authentication, TLS Web Client Authentication");
    try (var front = new TrialFront("https", "--auto-tls", "--data-dir=" + folder + "/data")) {
      assertThat(curl(front, "https", "-k")).startsWith("200 2 ");
      assertThat(Files.readString(fixtures.resolve("cert.pem"))).isEqualTo(first);
    }
  }

  @Test
  void chosenVersionsAndCiphers() throws Exception {
    var certificates = new Certificates(folder);
    String[] trust = {"--cacert", certificates.file("ca.crt")};
    try (var front =
        secure(
            certificates,
            "--tls-max-version=TLS1.2",
            "--cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,"
                + "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305")) {
      for (String cipher :
          List.of("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305")) {
        assertThat(curl(front, "https", with(trust, "--ciphers", cipher))).startsWith("200 ");
      }
      curlFailure(front, "https", with(trust, "--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256"));
      curlFailure(front, "https", with(trust, "--tlsv1.3"));
    }
    try (var front = secure(certificates, "--tls-min-version=TLS1.3")) {
      assertThat(curl(front, "https", trust)).startsWith("200 ");
      curlFailure(front, "https", with(trust, "--tls-max", "1.2"));
    }
  }

  /// Renewal is noticed by those who connect; who is connected goes on.
  @Test
  void renewedCertificate_isShownToNewConnections() throws Exception {
    var certificates = new Certificates(folder);
    try (var front = secure(certificates)) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress(front.address, TrialFront.PORT)
              .sslContext(clientTls(certificates, ""))
              .build();
      try {
        var kv = KVGrpc.newBlockingStub(channel).withDeadlineAfter(BOUND);
        RangeRequest whoami =
            RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("whoami")).build();
        assertThat(kv.range(whoami).getCount()).isEqualTo(1);
        certificates.authority("ca");
        certificates.issue("server", "IP:" + front.address);
        String[] trust = {"--cacert", certificates.file("ca.crt")};
        Await.until(
            "the new certificate is shown",
            BOUND,
            () -> runCurl(front, "https", trust).exitCode() == 0);
        assertThat(kv.range(whoami).getCount()).isEqualTo(1);
      } finally {
        channel.shutdownNow();
      }
    }
  }

  private static TrialFront secure(Certificates certificates, String... flags) {
    return new TrialFront(
        "https",
        with(
            flags,
            "--cert-file=" + certificates.file("server.crt"),
            "--key-file=" + certificates.file("server.key"))) {
      @Override
      void prepare(String address) throws Exception {
        certificates.issue("server", "IP:" + address);
      }
    };
  }

  /// What a put by JSON answers.
  private static String json(TrialFront front, String scheme, String... arguments) {
    return post(front, scheme, "put", "{\"key\":\"YQ==\",\"value\":\"Yg==\"}", arguments);
  }

  private static String post(
      TrialFront front, String scheme, String path, String body, String... arguments) {
    var command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "15", "-d", body));
    command.addAll(List.of(arguments));
    command.add(front.url(scheme) + "/v3/kv/" + path);
    Program.Result result = Program.command(command).run(BOUND);
    assertThat(result.exitCode()).as(result.errors()).isZero();
    return result.output();
  }

  private static String grpcPutAndGet(TrialFront front, @Nullable SslContext tls) {
    NettyChannelBuilder builder = NettyChannelBuilder.forAddress(front.address, TrialFront.PORT);
    ManagedChannel channel =
        (tls == null ? builder.usePlaintext() : builder.sslContext(tls)).build();
    try {
      var client = KVGrpc.newBlockingStub(channel).withDeadlineAfter(10, TimeUnit.SECONDS);
      ByteString key = ByteString.copyFromUtf8("grpc");
      client.put(PutRequest.newBuilder().setKey(key).setValue(key).build());
      assertThat(client.range(RangeRequest.newBuilder().setKey(key).build()).getKvs(0).getValue())
          .isEqualTo(key);
      return client
          .range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("whoami")).build())
          .getKvs(0)
          .getValue()
          .toStringUtf8();
    } finally {
      channel.shutdownNow();
    }
  }

  private static SslContext clientTls(Certificates certificates, String name) throws Exception {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .trustManager(new File(certificates.file("ca.crt")))
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    "h2"));
    return (name.isEmpty()
            ? builder
            : builder.keyManager(
                new File(certificates.file(name + ".crt")),
                new File(certificates.file(name + ".key"))))
        .build();
  }

  private static String[] credentials(Certificates certificates, String name, String... command) {
    return with(
        new String[] {
          "--cacert=" + certificates.file("ca.crt"),
          "--cert=" + certificates.file(name + ".crt"),
          "--key=" + certificates.file(name + ".key")
        },
        command);
  }

  private static String[] curlCredentials(Certificates certificates, String name) {
    return new String[] {
      "--cacert", certificates.file("ca.crt"),
      "--cert", certificates.file(name + ".crt"),
      "--key", certificates.file(name + ".key")
    };
  }

  private static String[] with(String[] first, String... more) {
    var all = new ArrayList<>(List.of(first));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static String etcdctl(TrialFront front, String scheme, String... arguments) {
    var command = new ArrayList<>(List.of("etcdctl", "--endpoints=" + front.url(scheme)));
    command.addAll(List.of(arguments));
    Program.Result result = Program.command(command).environment("ETCDCTL_API", "3").run(BOUND);
    return result.output() + result.errors();
  }

  /// Status, HTTP version and body of `/health`.
  private static String curl(TrialFront front, String scheme, String... arguments) {
    Program.Result result = runCurl(front, scheme, arguments);
    assertThat(result.exitCode()).as(result.errors()).isZero();
    return result.output();
  }

  private static String curlFailure(TrialFront front, String scheme, String... arguments) {
    Program.Result result = runCurl(front, scheme, arguments);
    assertThat(result.exitCode()).as(result.output()).isNotZero();
    return result.errors();
  }

  private static Program.Result runCurl(TrialFront front, String scheme, String... arguments) {
    var command =
        new ArrayList<>(
            List.of(
                "curl", "-sS", "--max-time", "5", "-w", "%{stderr}%{http_code} %{http_version} "));
    command.addAll(List.of(arguments));
    command.add(front.url(scheme) + "/health");
    Program.Result result = Program.command(command).run(BOUND);
    return new Program.Result(
        result.exitCode(), result.rawErrors() + result.rawOutput(), result.rawErrors());
  }
}
