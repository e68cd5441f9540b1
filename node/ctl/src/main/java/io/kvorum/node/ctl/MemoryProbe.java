package io.kvorum.node.ctl;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/// The memory of a member's process, as its metrics tell.
final class MemoryProbe {

  private static final String METRIC = "process_resident_memory_bytes ";

  private final Settings settings;

  MemoryProbe(Settings settings) {
    this.settings = settings;
  }

  /// 0 when it does not tell.
  double residentBytes(Endpoint endpoint) throws Failure {
    boolean secure = endpoint.secure() || settings.tls().wanted();
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(settings.dialTimeout());
    if (secure) {
      builder.sslContext(Transport.context(settings.tls()));
    }
    URI address =
        URI.create(
            "%s://%s:%d/metrics"
                .formatted(
                    secure ? "https" : "http",
                    endpoint.host().indexOf(':') < 0
                        ? endpoint.host()
                        : "[" + endpoint.host() + "]",
                    endpoint.port()));
    try (HttpClient client = builder.build()) {
      HttpRequest request =
          HttpRequest.newBuilder(address).timeout(settings.commandTimeout()).build();
      return client
          .send(request, HttpResponse.BodyHandlers.ofString())
          .body()
          .lines()
          .filter(line -> line.startsWith(METRIC))
          .mapToDouble(line -> Double.parseDouble(line.substring(METRIC.length())))
          .findFirst()
          .orElse(0);
    } catch (IOException | NumberFormatException unreadable) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.of(ExitCode.INTERRUPTED, "interrupted");
    }
  }
}
