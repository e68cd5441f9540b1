package io.kvorum.localkube;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// The folder that holds everything one local Kubernetes keeps; nothing outside of it is touched.
///
/// ```
/// kubeconfig      how kubectl reaches it (holds the administrator's token)
/// pid             the process that runs it
/// server/         certificate, signing key, objects
/// volumes/        persistent volumes, one folder each
/// pods/           other volumes and hosts files of Pods
/// logs/           output of containers: namespace_pod_uid/container/restart.log
/// pids/           one file for each running container
/// local/          not ours: the members of `./kvorum local`, which are kept whatever happens here
/// ```
public record StateFolder(Path root) {

  private static final String LOCAL = "local";

  /// Makes the folder if needed, readable by its owner alone.
  public static StateFolder open(Path root) {
    var folder = new StateFolder(root.toAbsolutePath().normalize());
    folder.make(folder.root);
    for (String name : new String[] {"server", "volumes", "pods", "logs", "pids"}) {
      folder.make(folder.root.resolve(name));
    }
    return folder;
  }

  private void make(Path directory) {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the folder " + directory, e);
    }
  }

  /// True when the folder was made by this program: nothing else is ever removed.
  public boolean isOurs() {
    return Files.exists(pid()) && Files.isDirectory(root.resolve("server"));
  }

  /// Removes everything that this program keeps here, and the folder unless others keep something.
  ///
  /// @return whether the folder is gone
  public boolean remove() throws IOException {
    List<Path> entries;
    try (Stream<Path> listed = Files.list(root)) {
      entries = listed.filter(entry -> !entry.endsWith(LOCAL)).toList();
    }
    for (Path entry : entries) {
      try (Stream<Path> files = Files.walk(entry)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
    return !Files.exists(root.resolve(LOCAL)) && Files.deleteIfExists(root);
  }

  public Path kubeconfig() {
    return root.resolve("kubeconfig");
  }

  public Path pid() {
    return root.resolve("pid");
  }

  public Path server(String name) {
    return root.resolve("server").resolve(name);
  }

  public Path volumes() {
    return root.resolve("volumes");
  }

  public Path pods() {
    return root.resolve("pods");
  }

  public Path logs() {
    return root.resolve("logs");
  }

  public Path pids() {
    return root.resolve("pids");
  }
}
