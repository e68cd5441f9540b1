package io.kvorum.localkube;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.json.Yaml;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;

/// What a client needs to reach the API: address, certificate, token.
///
/// @param server the API's URL
/// @param certificate its certificate in PEM
public record Kubeconfig(String server, String certificate) {

  private static final String NAME = "kvorum";

  /// Writes a kubeconfig for one user; readers never see half of it.
  public void write(Path file, String user, String token, String namespace) {
    ObjectNode config = Json.object();
    config.put("apiVersion", "v1").put("kind", "Config").put("current-context", NAME);
    ObjectNode cluster = config.putArray("clusters").addObject().put("name", NAME);
    cluster
        .putObject("cluster")
        .put("server", server)
        .put(
            "certificate-authority-data",
            Base64.getEncoder().encodeToString(certificate.getBytes(StandardCharsets.UTF_8)));
    ObjectNode context = config.putArray("contexts").addObject().put("name", NAME);
    context.putObject("context").put("cluster", NAME).put("user", user).put("namespace", namespace);
    ObjectNode identity = config.putArray("users").addObject().put("name", user);
    identity.putObject("user").put("token", token);
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.deleteIfExists(fresh);
      Files.createFile(
          fresh,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(fresh, Yaml.write(config));
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the kubeconfig " + file, e);
    }
  }
}
