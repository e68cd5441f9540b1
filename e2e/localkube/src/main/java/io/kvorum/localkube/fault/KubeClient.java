package io.kvorum.localkube.fault;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.json.Yaml;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// The few requests that faults need, to the API that a kubeconfig names.
final class KubeClient implements AutoCloseable {

  private static final Duration BOUND = Duration.ofSeconds(30);

  private final String server;
  private final String token;
  private final HttpClient http;

  KubeClient(Path kubeconfig) throws IOException {
    if (!Files.exists(kubeconfig)) {
      throw new IOException(kubeconfig + " does not exist: ./kvorum up makes it");
    }
    JsonNode config = Yaml.documents(Files.readAllBytes(kubeconfig)).getFirst();
    JsonNode cluster = config.path("clusters").path(0).path("cluster");
    this.server = Json.text(cluster, "server");
    this.token = Json.text(config.path("users").path(0), "user", "token");
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(BOUND)
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(trusting(Json.text(cluster, "certificate-authority-data")))
            .build();
  }

  private static SSLContext trusting(String certificate) throws IOException {
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      var pem = new ByteArrayInputStream(Base64.getDecoder().decode(certificate));
      trusted.setCertificateEntry(
          "api", CertificateFactory.getInstance("X.509").generateCertificate(pem));
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("the kubeconfig's certificate can't be used", e);
    }
  }

  /// The object at a path; empty when there is none.
  Optional<ObjectNode> get(String path) throws IOException, InterruptedException {
    HttpResponse<byte[]> response = send("GET", path, "", BodyPublishers.noBody());
    return response.statusCode() == 404 ? Optional.empty() : Optional.of(object(response, path));
  }

  ObjectNode mergePatch(String path, ObjectNode patch) throws IOException, InterruptedException {
    BodyPublisher body = BodyPublishers.ofByteArray(Json.bytes(patch));
    return object(send("PATCH", path, "application/merge-patch+json", body), path);
  }

  void delete(String path) throws IOException, InterruptedException {
    HttpResponse<byte[]> response = send("DELETE", path, "", BodyPublishers.noBody());
    if (response.statusCode() != 404) {
      object(response, path);
    }
  }

  private HttpResponse<byte[]> send(String method, String path, String type, BodyPublisher body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server + path))
            .timeout(BOUND)
            .header("Authorization", "Bearer " + token)
            .method(method, body);
    if (!type.isEmpty()) {
      request.header("Content-Type", type);
    }
    try {
      return http.send(request.build(), BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new IOException("no answer from " + server + ": is ./kvorum up running?", e);
    }
  }

  private static ObjectNode object(HttpResponse<byte[]> response, String path) throws IOException {
    JsonNode body = Json.parse(response.body());
    if (response.statusCode() >= 300) {
      throw new IOException(path + ": " + Json.text(body, "message"));
    }
    return (ObjectNode) body;
  }

  @Override
  public void close() {
    http.close();
  }
}
