package io.kvorum.node.server.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.proto.peer.ClusterDescription;
import io.kvorum.node.proto.peer.DescribeRequest;
import io.kvorum.node.proto.peer.PeerGrpc;
import io.kvorum.node.server.config.NodeConfigReader;
import io.kvorum.node.server.tls.AcceptingTls;
import io.kvorum.node.server.tls.TlsPlanes;
import io.kvorum.testkit.Certificates;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who may stay on the peer port when the handshake is over.
final class PeerCertificatesTest {

  @TempDir Path folder;

  /// The JDK asks no trust manager about a session that is resumed.
  @Test
  void revokedCertificate_isRefusedInAResumedSession() throws Exception {
    var certificates = new Certificates(folder);
    certificates.issue("member", "IP:127.0.0.1");
    certificates.issue("lost", "IP:127.0.0.1");
    for (String version : List.of("TLSv1.2", "TLSv1.3")) {
      certificates.issue("other", "IP:127.0.0.1");
      certificates.rewriteKey("other", "other-pkcs8");
      certificates.revoke("lost");
      SslContext client = client(certificates, version);
      Server server = server(certificates);
      try {
        assertThat(describe(server, client)).isEqualTo("told");
        assertThat(describe(server, client)).isEqualTo("told");
        certificates.revoke("other");
        assertThat(describe(server, client))
            .startsWith("UNAUTHENTICATED: certificate ")
            .endsWith(" is revoked");
      } finally {
        server.shutdownNow();
      }
    }
  }

  /// The context stays one and the same, as it does for a moment behind a revocation.
  private static Server server(Certificates certificates) throws Exception {
    AcceptingTls tls = tls(certificates);
    var service =
        new PeerGrpc.PeerImplBase() {
          @Override
          public void describe(DescribeRequest request, StreamObserver<ClusterDescription> client) {
            client.onNext(ClusterDescription.getDefaultInstance());
            client.onCompleted();
          }
        };
    return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .sslContext(tls.context())
        .addTransportFilter(new PeerCertificates(tls))
        .addService(
            ServerInterceptors.intercept(service, new PeerGate(1, new MemberId(1), _ -> false)))
        .build()
        .start();
  }

  private static AcceptingTls tls(Certificates certificates) {
    var config =
        ((NodeConfigReader.Request.Run)
                NodeConfigReader.read(
                    List.of(
                        "--peer-cert-file=" + certificates.file("member.crt"),
                        "--peer-key-file=" + certificates.file("member.key"),
                        "--peer-trusted-ca-file=" + certificates.file("ca.crt"),
                        "--peer-crl-file=" + certificates.file("revoked.crl"),
                        "--peer-client-cert-auth"),
                    Map.of(),
                    () -> ""))
            .config();
    return TlsPlanes.load(config).peers().orElseThrow().accepting().orElseThrow();
  }

  private static SslContext client(Certificates certificates, String version) throws Exception {
    return GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
        .protocols(version)
        .trustManager(new File(certificates.file("ca.crt")))
        .keyManager(
            new File(certificates.file("other.crt")),
            new File(certificates.file("other-pkcs8.key")))
        .build();
  }

  /// Over a connection of its own.
  private static String describe(Server server, SslContext tls) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).sslContext(tls).build();
    try {
      var _ =
          PeerGrpc.newBlockingStub(channel)
              .withDeadlineAfter(20, TimeUnit.SECONDS)
              .describe(DescribeRequest.getDefaultInstance());
      return "told";
    } catch (StatusRuntimeException refused) {
      return String.valueOf(refused.getMessage());
    } finally {
      channel.shutdownNow();
    }
  }
}
