package io.kvorum.suite.members;

import io.kvorum.testkit.Program;
import io.kvorum.testkit.ProjectRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Whose members a test runs: ours, or the machine's etcd, which shows that the test itself is
/// right. `-Dsuite.products=etcd,kvorum` runs both.
public enum Product {
  ETCD,
  KVORUM;

  /// The products to test with.
  static Stream<Product> chosen() {
    String names = System.getProperty("suite.products", "kvorum");
    return Stream.of(names.split(",", -1))
        .map(name -> valueOf(name.strip().toUpperCase(Locale.ROOT)));
  }

  /// Whether every member of this product has a proxy before it: `-Dsuite.through=grpc-proxy` runs
  /// whole suites so.
  boolean isReachedThroughProxies() {
    return this == KVORUM && System.getProperty("suite.through", "").equals("grpc-proxy");
  }

  /// A member's program without its flags.
  public Program.Launch member() {
    return switch (this) {
      case ETCD -> Program.command("etcd");
      case KVORUM -> kvorum();
    };
  }

  private static Program.Launch kvorum() {
    Path server = ProjectRoot.find().resolve("node/server/target");
    if (!Files.isDirectory(server.resolve("lib"))) {
      throw new IllegalStateException(server + "/lib is missing: run ./kvorum build first");
    }
    return Program.java(
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xmx256m",
        "-Xss512k",
        "-cp",
        server.resolve("classes") + ":" + server.resolve("lib") + "/*",
        "io.kvorum.node.server.Main");
  }

  /// Our client without its words.
  static Program.Launch ctl() {
    Path ctl = ProjectRoot.find().resolve("node/ctl/target");
    if (!Files.isDirectory(ctl.resolve("lib"))) {
      throw new IllegalStateException(ctl + "/lib is missing: run ./kvorum build first");
    }
    return Program.java(
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        ctl.resolve("classes") + ":" + ctl.resolve("lib") + "/*",
        "io.kvorum.node.ctl.Main");
  }

  /// Exit codes by which a removed member may stop.
  List<Integer> removedExitCodes() {
    return switch (this) {
      case ETCD -> List.of(0, 1);
      case KVORUM -> List.of(65);
    };
  }
}
