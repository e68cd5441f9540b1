package io.kvorum.node.ctl;

import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// How connections are made: plaintext or TLS, time limits, one I/O thread for all.
final class Transport {

  /// Netty's pools, events and search for a logger pay off in servers; here they are a third of a
  /// command's time. Read when Netty is first used.
  private static final Map<String, String> LIGHT_START =
      Map.of(
          "io.grpc.netty.useCustomAllocator", "false",
          "io.netty.allocator.type", "unpooled",
          "io.netty.jfr.enabled", "false");

  static {
    LIGHT_START.forEach((name, value) -> {
      if (System.getProperty(name) == null) {
        System.setProperty(name, value);
      }
    });
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
  }

  private final Settings settings;
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("ctl-io", true), NioIoHandler.newFactory());
  private final @Nullable SslContext tls;

  Transport(Settings settings) throws Failure {
    this.settings = settings;
    boolean secure =
        settings.tls().wanted() || settings.endpoints().stream().anyMatch(Endpoint::secure);
    this.tls = secure ? tls(settings.tls()) : null;
  }

  ManagedChannel connect(Endpoint endpoint) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port())
            .eventLoopGroup(loop)
            .channelType(NioSocketChannel.class)
            .directExecutor()
            .disableRetry()
            .maxInboundMessageSize(settings.limits().responseBytes())
            .keepAliveTime(settings.keepAlive().time().toNanos(), TimeUnit.NANOSECONDS)
            .keepAliveTimeout(settings.keepAlive().timeout().toNanos(), TimeUnit.NANOSECONDS)
            .withOption(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                Math.clamp(settings.dialTimeout().toMillis(), 1, Integer.MAX_VALUE));
    if (tls != null && (endpoint.secure() || settings.tls().wanted())) {
      builder.sslContext(tls);
      if (!settings.tls().serverName().isEmpty()) {
        builder.overrideAuthority(settings.tls().serverName());
      }
    } else {
      builder.usePlaintext();
    }
    return builder.build();
  }

  private static SslContext tls(Settings.Tls files) throws Failure {
    if (files.certFile().isEmpty() != files.keyFile().isEmpty()) {
      throw Failure.badArguments(
          "KeyFile and CertFile must both be present[key: %s, cert: %s]"
              .formatted(files.keyFile(), files.certFile()));
    }
    try {
      SslContextBuilder builder = GrpcSslContexts.forClient();
      if (!files.caFile().isEmpty()) {
        builder.trustManager(
            Pem.certificates(read(files.caFile())).toArray(new X509Certificate[0]));
      }
      if (files.skipVerify()) {
        builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
      }
      if (!files.certFile().isEmpty()) {
        List<X509Certificate> chain = Pem.certificates(read(files.certFile()));
        builder.keyManager(
            Pem.privateKey(read(files.keyFile())), chain.toArray(new X509Certificate[0]));
      }
      return builder.build();
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw Failure.badArguments(
          "TLS files are not usable (cert %s, key %s, cacert %s): %s"
              .formatted(files.certFile(), files.keyFile(), files.caFile(), e.getMessage()));
    }
  }

  /// The same for other protocols.
  static SSLContext context(Settings.Tls files) throws Failure {
    if (tls(files) instanceof JdkSslContext jdk) {
      return jdk.context();
    }
    throw new IllegalStateException("TLS is the JDK's here");
  }

  private static String read(String file) throws Failure, IOException {
    Path path = Path.of(file);
    if (!Files.exists(path)) {
      throw Failure.badArguments("open " + file + ": no such file or directory");
    }
    return Files.readString(path);
  }
}
