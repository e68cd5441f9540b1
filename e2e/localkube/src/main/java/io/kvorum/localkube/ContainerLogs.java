package io.kvorum.localkube;

import com.fasterxml.jackson.databind.JsonNode;
import io.kvorum.localkube.api.Api;
import io.kvorum.localkube.api.PodLogs;
import io.kvorum.localkube.api.Target;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.kubelet.Kubelet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Finds the output of containers in the state folder: one file for each process they had.
final class ContainerLogs implements PodLogs {

  private final Api api;
  private final Path stateFolder;

  ContainerLogs(Api api, Path stateFolder) {
    this.api = api;
    this.stateFolder = stateFolder;
  }

  @Override
  public Optional<Path> file(String namespace, String pod, String container, boolean previous) {
    Path folder =
        stateFolder.resolve(Kubelet.logFolder(namespace, pod, uid(namespace, pod), container));
    List<Path> newestFirst = files(folder);
    int wanted = previous ? 1 : 0;
    return newestFirst.size() > wanted ? Optional.of(newestFirst.get(wanted)) : Optional.empty();
  }

  private static List<Path> files(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted(Comparator.comparingInt(ContainerLogs::life).reversed()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list the logs in " + folder, e);
    }
  }

  /// `3.log` is the output of the process after the third restart.
  private static int life(Path file) {
    return Integer.parseInt(file.getFileName().toString().replaceFirst("\\..*", ""));
  }

  @Override
  public boolean growing(String namespace, String pod, String container) {
    return api.find(new Target(api.type("pods"), namespace, pod, ""))
        .map(found ->
            Stream.of("containerStatuses", "initContainerStatuses")
                .flatMap(list -> Json.items(found, "status", list).stream())
                .anyMatch(each -> runs(each, container)))
        .orElse(false);
  }

  private static boolean runs(JsonNode status, String container) {
    return Json.text(status, "name").equals(container) && Json.has(status, "state", "running");
  }

  private String uid(String namespace, String pod) {
    return api.find(new Target(api.type("pods"), namespace, pod, ""))
        .map(found -> Json.text(found, "metadata", "uid"))
        .orElse("");
  }
}
