package io.kvorum.bench;

import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.kvorum.node.proto.etcd.AuthGrpc;
import io.kvorum.node.proto.etcd.AuthenticateRequest;
import io.kvorum.node.server.config.StartFailure;
import io.kvorum.node.server.tls.PemFile;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Who the load says it is, and whom it trusts: the client's flags.
final class Security {

  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
  private static final long AUTHENTICATE_SECONDS = 20;

  @Option(
      names = "--cacert",
      paramLabel = "FILE",
      description = "Certificates that the members' certificates must come from.")
  @Nullable String trusted;

  @Option(names = "--cert", paramLabel = "FILE", description = "The client's certificate.")
  @Nullable String certificate;

  @Option(names = "--key", paramLabel = "FILE", description = "Its private key.")
  @Nullable String key;

  @Option(
      names = "--insecure-skip-tls-verify",
      description = "Speak TLS with whoever answers. For tests only.")
  boolean skipsVerification;

  @Option(
      names = "--user",
      paramLabel = "NAME[:PASSWORD]",
      description = "The user, where authentication is on.")
  @Nullable String user;

  @Option(
      names = "--password",
      paramLabel = "PASSWORD",
      description = "The user's password, if --user has none.")
  @Nullable String password;

  /// Sets up TLS if the endpoint or a flag asks for it.
  void applyTo(NettyChannelBuilder builder, Endpoint endpoint) {
    if (!endpoint.secure()
        && trusted == null
        && certificate == null
        && key == null
        && !skipsVerification) {
      builder.usePlaintext();
      return;
    }
    try {
      SslContextBuilder tls = GrpcSslContexts.forClient();
      if (trusted != null) {
        tls.trustManager(certificates("--cacert", trusted));
      }
      if (skipsVerification) {
        tls.trustManager(InsecureTrustManagerFactory.INSTANCE);
      }
      if (certificate != null && key != null) {
        tls.keyManager(PemFile.read("--key", key).key(), certificates("--cert", certificate));
      } else if (certificate != null || key != null) {
        throw new IllegalArgumentException("--cert and --key go together; one of them is missing");
      }
      builder.sslContext(tls.build());
    } catch (SSLException | StartFailure e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static X509Certificate[] certificates(String flag, String path) {
    return PemFile.read(flag, path).certificates().toArray(X509Certificate[]::new);
  }

  /// What sends the user's token with every call, if there is a user.
  Optional<ClientInterceptor> authenticate(Channel channel) {
    if (user == null) {
      return Optional.empty();
    }
    int colon = password == null ? user.indexOf(':') : -1;
    if (password == null && colon < 0) {
      throw new IllegalArgumentException(
          "--user %s has no password; write NAME:PASSWORD or add --password".formatted(user));
    }
    var request =
        AuthenticateRequest.newBuilder()
            .setName(colon < 0 ? user : user.substring(0, colon))
            .setPassword(password != null ? password : user.substring(colon + 1))
            .build();
    try {
      String token =
          AuthGrpc.newBlockingStub(channel)
              .withWaitForReady()
              .withDeadlineAfter(AUTHENTICATE_SECONDS, TimeUnit.SECONDS)
              .authenticate(request)
              .getToken();
      var headers = new Metadata();
      headers.put(TOKEN, token);
      return Optional.of(MetadataUtils.newAttachHeadersInterceptor(headers));
    } catch (StatusRuntimeException e) {
      throw new IllegalStateException("the user is refused: " + e.getStatus(), e);
    }
  }
}
