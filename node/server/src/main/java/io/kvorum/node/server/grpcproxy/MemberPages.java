package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.ByteString;
import io.kvorum.node.server.config.Endpoint;
import io.kvorum.node.server.config.RelayConfig;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.tls.DialledTls;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Pages of whichever member answers, as they are.
final class MemberPages {

  private static final Duration BOUND = Duration.ofSeconds(5);

  /// Metrics of a member take a few hundred kilobytes.
  private static final long MAX_BYTES = 16 << 20;

  private final Supplier<List<Endpoint>> members;

  /// How members are reached now; null: without TLS.
  private final @Nullable Supplier<SSLContext> tls;

  /// What the client below was made with.
  private @Nullable SSLContext clientTls;

  private @Nullable HttpClient client;

  /// @param secure whether members are reached by TLS
  MemberPages(Supplier<List<Endpoint>> members, boolean secure, RelayConfig.Dialling dialling) {
    this.members = members;
    this.tls = secure ? DialledTls.contextOfProxy(dialling.tls()) : null;
  }

  /// Asks the members in any order until one answers.
  CompletableFuture<HttpAnswer> fetch(String path) {
    var order = new ArrayList<>(members.get());
    Collections.shuffle(order);
    return fetch(path, order);
  }

  private CompletableFuture<HttpAnswer> fetch(String path, List<Endpoint> left) {
    if (left.isEmpty()) {
      return CompletableFuture.completedFuture(
          HttpAnswer.text(503, "no member answers for its " + path + "\n"));
    }
    // What an endpoint makes the JDK refuse is its own affair, and not the next one's.
    return CompletableFuture.completedFuture(left.getFirst())
        .thenCompose(endpoint -> url(endpoint, path))
        .thenCompose(this::ask)
        .thenApply(MemberPages::copied)
        .exceptionallyCompose(_ -> fetch(path, left.subList(1, left.size())));
  }

  private CompletableFuture<HttpResponse<byte[]>> ask(URI url) {
    return http()
        .sendAsync(
            HttpRequest.newBuilder(url).timeout(BOUND).build(),
            HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), MAX_BYTES));
  }

  /// A client that trusts what the files say now.
  private synchronized HttpClient http() {
    SSLContext now = tls == null ? null : tls.get();
    HttpClient open = client;
    if (open == null || (now != null && !now.equals(clientTls))) {
      HttpClient.Builder builder =
          HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(BOUND);
      if (now != null) {
        builder.sslContext(now);
      }
      open = builder.build();
      client = open;
      clientTls = now;
    }
    return open;
  }

  /// Where a page is: at the address where the host's name is none that the JDK's client takes, as
  /// one with an underscore.
  private CompletableFuture<URI> url(Endpoint endpoint, String path) {
    String host = endpoint.host().isEmpty() ? "127.0.0.1" : endpoint.host();
    URI named = url(host, endpoint.port(), path);
    if (named.getHost() != null) {
      return CompletableFuture.completedFuture(named);
    }
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return url(InetAddress.getByName(host).getHostAddress(), endpoint.port(), path);
          } catch (UnknownHostException e) {
            throw new CompletionException(e);
          }
        },
        task -> Thread.ofVirtual().start(task));
  }

  private URI url(String host, int port, String path) {
    String authority = new Endpoint(Endpoint.Scheme.NONE, host, port).authority();
    return URI.create((tls == null ? "http://" : "https://") + authority + path);
  }

  private static HttpAnswer copied(HttpResponse<byte[]> response) {
    return HttpAnswer.of(
        response.statusCode(),
        response.headers().firstValue("Content-Type").orElse(HttpAnswer.TEXT),
        ByteString.copyFrom(response.body()));
  }
}
