package io.kvorum.localkube.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import io.kvorum.localkube.json.Json;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/// One of a container's probes with Kubernetes' defaults.
///
/// @param check what is asked
record Probe(
    Check check,
    int initialDelaySeconds,
    int periodSeconds,
    int timeoutSeconds,
    int successThreshold,
    int failureThreshold) {

  /// What a probe asks.
  sealed interface Check {}

  record HttpGet(URI uri) implements Check {}

  record TcpSocket(String address, int port) implements Check {}

  record Exec(CommandLine line) implements Check {}

  /// The container's probe of this kind (`startupProbe`, ...), or nothing.
  static Optional<Probe> of(JsonNode container, String kind, CommandLine.Place place) {
    JsonNode probe = Json.at(container, kind);
    return probe == null
        ? Optional.empty()
        : Optional.of(
            new Probe(
                check(container, probe, place),
                (int) Json.number(probe, 0, "initialDelaySeconds"),
                (int) Json.number(probe, 10, "periodSeconds"),
                (int) Json.number(probe, 1, "timeoutSeconds"),
                (int) Json.number(probe, 1, "successThreshold"),
                (int) Json.number(probe, 3, "failureThreshold")));
  }

  private static Check check(JsonNode container, JsonNode probe, CommandLine.Place place) {
    if (Json.has(probe, "httpGet")) {
      String scheme = Json.lower(Json.text(probe, "httpGet", "scheme"));
      String path = Json.text(probe, "httpGet", "path");
      return new HttpGet(
          URI.create(
              "%s://%s:%d%s%s"
                  .formatted(
                      scheme.isEmpty() ? "http" : scheme,
                      place.address(),
                      port(container, Json.text(probe, "httpGet", "port")),
                      path.startsWith("/") ? "" : "/",
                      path)));
    }
    if (Json.has(probe, "tcpSocket")) {
      return new TcpSocket(place.address(), port(container, Json.text(probe, "tcpSocket", "port")));
    }
    JsonNode exec = Json.at(probe, "exec");
    if (exec != null) {
      return new Exec(
          CommandLine.of(
              exec, new ImageCatalogue.Image(List.of(), ImageCatalogue.NamedHosts.MOUNT), place));
    }
    throw new CommandLine.Missing("a probe needs httpGet, tcpSocket or exec");
  }

  private static int port(JsonNode container, String port) {
    for (JsonNode each : Json.items(container, "ports")) {
      if (Json.text(each, "name").equals(port)) {
        return (int) Json.number(each, 0, "containerPort");
      }
    }
    return Integer.parseInt(port);
  }

  /// Asks once: nothing when the answer is good, else what was wrong.
  Optional<String> failure() {
    try {
      return switch (check) {
        case HttpGet http -> httpFailure(http.uri());
        case TcpSocket tcp -> tcpFailure(tcp);
        case Exec exec -> execFailure(exec);
      };
    } catch (IOException e) {
      return Optional.of(check + ": " + e.getMessage());
    }
  }

  private Optional<String> httpFailure(URI uri) throws IOException {
    var connection = (HttpURLConnection) uri.toURL().openConnection();
    if (connection instanceof HttpsURLConnection https) {
      https.setSSLSocketFactory(TrustingTls.CONTEXT.getSocketFactory());
      https.setHostnameVerifier((_, _) -> true);
    }
    connection.setConnectTimeout(timeoutSeconds * 1_000);
    connection.setReadTimeout(timeoutSeconds * 1_000);
    connection.setInstanceFollowRedirects(false);
    try {
      int status = connection.getResponseCode();
      return status >= 200 && status < 400
          ? Optional.empty()
          : Optional.of("HTTP probe failed with statuscode: " + status);
    } finally {
      connection.disconnect();
    }
  }

  private Optional<String> tcpFailure(TcpSocket tcp) throws IOException {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(tcp.address(), tcp.port()), timeoutSeconds * 1_000);
      return Optional.empty();
    }
  }

  private Optional<String> execFailure(Exec exec) throws IOException {
    var builder = new ProcessBuilder(exec.line().arguments());
    builder.environment().putAll(exec.line().environment());
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    try {
      if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
        return Optional.of("exec probe timed out");
      }
      return process.exitValue() == 0
          ? Optional.empty()
          : Optional.of("exec probe ended with " + process.exitValue());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("exec probe interrupted");
    } finally {
      process.destroyForcibly();
    }
  }

  /// Kubernetes' probes don't check certificates.
  private static final class TrustingTls {
    static final SSLContext CONTEXT = context();

    private static SSLContext context() {
      try {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustEverybody()}, new SecureRandom());
        return context;
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("this JDK has no TLS", e);
      }
    }
  }

  private static final class TrustEverybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
