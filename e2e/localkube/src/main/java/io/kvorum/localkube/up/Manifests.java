package io.kvorum.localkube.up;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.json.Yaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Objects in YAML files, and in the resources that a `kustomization.yaml` names.
public final class Manifests {

  private static final String KUSTOMIZATION = "kustomization.yaml";

  private Manifests() {}

  /// All objects of a file or a folder, in the order in which they are named.
  public static List<ObjectNode> read(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return Yaml.documents(Files.readAllBytes(path));
    }
    Path kustomization = path.resolve(KUSTOMIZATION);
    if (!Files.exists(kustomization)) {
      throw new IOException(path + " has no " + KUSTOMIZATION);
    }
    var objects = new ArrayList<ObjectNode>();
    for (ObjectNode document : Yaml.documents(Files.readAllBytes(kustomization))) {
      for (String resource : Json.texts(document, "resources")) {
        objects.addAll(read(path.resolve(resource)));
      }
    }
    return objects;
  }
}
