package io.kvorum.node.server.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Properties;

/// The two versions a member has: the etcd API it speaks, and its own.
public final class Version {

  /// The etcd release whose API and behaviour members follow; clients read it in `Status` and
  /// `/version` to decide what they may use.
  public static final String ETCD_API = "3.6.14";

  /// The same as the cluster version is written: major and minor, patch zero.
  public static final String ETCD_CLUSTER = "3.6.0";

  private Version() {}

  /// The product's own version, as the build stamped it.
  public static String product() {
    var properties = new Properties();
    try (InputStream in =
        Version.class.getResourceAsStream("/io/kvorum/node/server/version.properties")) {
      if (in == null) {
        throw new IllegalStateException("version.properties is missing from the program");
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read version.properties", e);
    }
    return properties.getProperty("version");
  }

  /// What `--version` prints: etcd's four lines, for scripts that read them, and the product's own.
  public static String text() {
    return """
    etcd Version: %s
    Git SHA: kvorum-%s
    Go Version: none (Java %s)
    Go OS/Arch: %s
    Kvorum Version: %s
    """
        .formatted(ETCD_API, product(), Runtime.version(), platform(), product());
  }

  /// The Java version and platform in Go's way of writing them, such as `linux/amd64`.
  public static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String arch =
        switch (System.getProperty("os.arch")) {
          case "x86_64" -> "amd64";
          case "aarch64" -> "arm64";
          case String other -> other;
        };
    return os + "/" + arch;
  }
}
