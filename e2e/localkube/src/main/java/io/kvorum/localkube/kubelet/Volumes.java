package io.kvorum.localkube.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The folders that stand for a Pod's volumes: claims below `volumes/` by the name of their
/// PersistentVolume, everything else below the Pod's own folder, which goes with the Pod.
final class Volumes {

  private final Path claims;
  private final Path pods;

  Volumes(Path stateFolder) {
    this.claims = stateFolder.resolve("volumes");
    this.pods = stateFolder.resolve("pods");
  }

  /// The folder of a PersistentVolume.
  Path claim(String volumeName) {
    return claims.resolve(volumeName);
  }

  /// Makes the folders of a Pod and fills them. Mount path to folder, for one container.
  Map<String, Path> mounts(JsonNode container, CommandLine.Place place) {
    var byName = new LinkedHashMap<String, Path>();
    for (JsonNode volume : Json.items(place.pod(), "spec", "volumes")) {
      byName.put(Json.text(volume, "name"), folder(volume, place));
    }
    var mounts = new LinkedHashMap<String, Path>();
    for (JsonNode mount : Json.items(container, "volumeMounts")) {
      Path folder = byName.get(Json.text(mount, "name"));
      if (folder == null) {
        throw new CommandLine.Missing("no volume " + Json.text(mount, "name"));
      }
      String subPath = Json.text(mount, "subPath");
      mounts.put(
          Json.text(mount, "mountPath").replaceAll("/$", ""),
          subPath.isEmpty() ? folder : made(folder.resolve(subPath)));
    }
    return mounts;
  }

  /// Removes what belongs to a Pod alone.
  void remove(String podUid) {
    delete(pods.resolve(podUid));
  }

  private Path folder(JsonNode volume, CommandLine.Place place) {
    ObjectNode pod = place.pod();
    String name = Json.text(volume, "name");
    Path own = pods.resolve(Json.text(pod, "metadata", "uid")).resolve("volumes").resolve(name);
    if (Json.has(volume, "persistentVolumeClaim")) {
      String claim = Json.text(volume, "persistentVolumeClaim", "claimName");
      return place
          .cluster()
          .get("persistentvolumeclaims", Json.text(pod, "metadata", "namespace"), claim)
          .map(object -> Json.text(object, "spec", "volumeName"))
          .filter(bound -> place.cluster().get("persistentvolumes", "", bound).isPresent())
          .map(bound -> made(claim(bound)))
          .orElseThrow(() -> new CommandLine.Missing("claim " + claim + " has no volume"));
    }
    made(own);
    if (Json.has(volume, "configMap")) {
      fill(own, Json.at(volume, "configMap"), "configmaps", "name", place);
    } else if (Json.has(volume, "secret")) {
      fill(own, Json.at(volume, "secret"), "secrets", "secretName", place);
    } else if (Json.has(volume, "projected")) {
      for (JsonNode source : Json.items(volume, "projected", "sources")) {
        fill(own, Json.at(source, "configMap"), "configmaps", "name", place);
        fill(own, Json.at(source, "secret"), "secrets", "name", place);
      }
    } else if (!Json.has(volume, "emptyDir")) {
      throw new CommandLine.Missing("volume " + name + " is of a kind not supported here");
    }
    return own;
  }

  private static void fill(
      Path folder,
      @Nullable JsonNode source,
      String resource,
      String nameField,
      CommandLine.Place place) {
    if (source == null) {
      return;
    }
    Map<String, byte[]> entries =
        Keyed.all(place, resource, Json.text(source, nameField), Json.flag(source, "optional"));
    var paths = new LinkedHashMap<String, String>();
    Json.items(source, "items")
        .forEach(item -> paths.put(Json.text(item, "key"), Json.text(item, "path")));
    entries.forEach((key, value) -> {
      String path = paths.isEmpty() ? key : paths.get(key);
      if (path != null) {
        write(folder.resolve(path), value);
      }
    });
  }

  private static void write(Path file, byte[] value) {
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, value);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the volume file " + file, e);
    }
  }

  private static Path made(Path folder) {
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the volume folder " + folder, e);
    }
  }

  /// Removes a folder with all in it.
  static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + folder, e);
    }
  }
}
