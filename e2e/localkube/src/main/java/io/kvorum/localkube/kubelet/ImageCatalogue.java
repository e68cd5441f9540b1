package io.kvorum.localkube.kubelet;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What an image name stands for on this machine.
public final class ImageCatalogue {

  /// A program in place of an image.
  ///
  /// @param entrypoint what runs unless the container names a command
  /// @param namedHosts how it finds the cluster's names
  public record Image(List<String> entrypoint, NamedHosts namedHosts) {}

  /// How a program finds the names of Pods and Services.
  public enum NamedHosts {
    /// A JVM of ours: a flag names the hosts file.
    JVM_FLAG,
    /// Any other program: the hosts file is mounted over `/etc/hosts` for it alone.
    MOUNT
  }

  private final Path launcher;

  /// `launcher` starts this project's programs.
  public ImageCatalogue(Path launcher) {
    this.launcher = launcher;
  }

  /// The program for an image, or nothing when this machine has none.
  public Optional<Image> find(String image) {
    String name = image.replaceFirst("@.*$", "").replaceFirst(":[^/:]*$", "");
    String last = name.substring(name.lastIndexOf('/') + 1);
    return switch (last) {
      case "store" -> ours("node");
      case "operator" -> ours("operator");
      case "etcd" -> Optional.of(new Image(List.of("etcd"), NamedHosts.MOUNT));
      case "busybox", "debian", "alpine" -> Optional.of(new Image(List.of("sh"), NamedHosts.MOUNT));
      default -> Optional.empty();
    };
  }

  private Optional<Image> ours(String program) {
    return Optional.of(new Image(List.of(launcher.toString(), program), NamedHosts.JVM_FLAG));
  }

  /// What can be run, for a person who named something else.
  public String known() {
    return "*/store (a Kvorum member), */operator, */etcd (this machine's etcd), busybox (sh)";
  }
}
