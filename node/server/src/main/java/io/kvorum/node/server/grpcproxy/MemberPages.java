package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.ByteString;
import io.kvorum.node.server.config.Endpoint;
import io.kvorum.node.server.config.RelayConfig;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.tls.DialledTls;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Pages of whichever member answers, as they are.
final class MemberPages {

  private static final Duration BOUND = Duration.ofSeconds(5);

  /// Metrics of a member take a few hundred kilobytes.
  private static final long MAX_BYTES = 16 << 20;

  private final Upstream upstream;
  private final HttpClient http;

  MemberPages(Upstream upstream, RelayConfig.Dialling dialling) {
    this.upstream = upstream;
    HttpClient.Builder builder =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(BOUND);
    if (upstream.isSecure()) {
      builder.sslContext(DialledTls.context(dialling.tls()));
    }
    this.http = builder.build();
  }

  /// Asks the members in any order until one answers.
  CompletableFuture<HttpAnswer> fetch(String path) {
    var order = new ArrayList<>(upstream.members().endpoints());
    Collections.shuffle(order);
    return fetch(path, order);
  }

  private CompletableFuture<HttpAnswer> fetch(String path, List<Endpoint> left) {
    if (left.isEmpty()) {
      return CompletableFuture.completedFuture(
          HttpAnswer.text(503, "no member answers for its " + path + "\n"));
    }
    String scheme = upstream.isSecure() ? "https://" : "http://";
    return http.sendAsync(
            HttpRequest.newBuilder(URI.create(scheme + left.getFirst().authority() + path))
                .timeout(BOUND)
                .build(),
            HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), MAX_BYTES))
        .thenApply(MemberPages::copied)
        .exceptionallyCompose(_ -> fetch(path, left.subList(1, left.size())));
  }

  private static HttpAnswer copied(HttpResponse<byte[]> response) {
    return HttpAnswer.of(
        response.statusCode(),
        response.headers().firstValue("Content-Type").orElse(HttpAnswer.TEXT),
        ByteString.copyFrom(response.body()));
  }
}
