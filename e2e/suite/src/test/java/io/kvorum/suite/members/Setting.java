package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Certificates;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// One way to run a cluster: how many members, whether everybody shows certificates, and how root
/// says who it is.
///
/// @param tls between members, and between them and clients
/// @param proxied whether clients reach each member through a gRPC proxy
record Setting(int members, boolean tls, Root root, boolean proxied) {

  /// How a client becomes root.
  enum Root {
    /// Anybody may do anything: auth is off.
    ANYBODY,
    PASSWORD,
    /// By the name in its certificate.
    CERTIFICATE
  }

  static final String PASSWORD = "r";
  static final Setting PLAINEST = new Setting(1, false, Root.ANYBODY, false);

  private static final List<String> ENABLING =
      List.of(
          "user add root:" + PASSWORD, "role add root", "user grant-role root root", "auth enable");

  /// Those to test with: a few in which each two values of different kinds meet, or, with
  /// `-Dsuite.settings=all`, all there are.
  static Stream<Setting> chosen() {
    Stream<Setting> chosen = allAreChosen() ? all() : few();
    if (!Product.KVORUM.isReachedThroughProxies()) {
      return chosen;
    }
    // A proxy shows members its own certificate, never the client's.
    return chosen
        .filter(setting -> setting.root != Root.CERTIFICATE)
        .map(setting -> new Setting(setting.members, setting.tls, setting.root, true))
        .distinct();
  }

  static boolean allAreChosen() {
    return System.getProperty("suite.settings", "few").equals("all");
  }

  private static Stream<Setting> few() {
    return Stream.of(
        PLAINEST,
        new Setting(1, true, Root.PASSWORD, false),
        new Setting(1, true, Root.CERTIFICATE, false),
        new Setting(3, false, Root.PASSWORD, false),
        new Setting(3, true, Root.ANYBODY, false),
        new Setting(3, true, Root.CERTIFICATE, false),
        new Setting(1, true, Root.PASSWORD, true));
  }

  private static Stream<Setting> all() {
    var all = new ArrayList<Setting>();
    for (int members : List.of(1, 3)) {
      for (Root root : Root.values()) {
        all.add(new Setting(members, true, root, false));
        if (root != Root.CERTIFICATE) {
          all.add(new Setting(members, false, root, false));
          all.add(new Setting(members, true, root, true));
          all.add(new Setting(members, false, root, true));
        }
      }
    }
    return all.stream();
  }

  boolean authIsOn() {
    return root != Root.ANYBODY;
  }

  /// The same without proxies.
  Setting direct() {
    return new Setting(members, tls, root, false);
  }

  /// A running cluster, whose etcdctl is root's.
  MemberCluster start(Product product, Path folder) throws Exception {
    MemberCluster cluster =
        tls
            ? MemberCluster.withTls(product, folder, members, new Certificates(folder), proxied)
            : MemberCluster.plain(product, folder, members, proxied);
    try {
      cluster.start("--bcrypt-cost=4");
      if (authIsOn()) {
        enableAuth(cluster);
      }
      return cluster;
    } catch (AssertionError | RuntimeException failure) {
      cluster.close();
      throw failure;
    }
  }

  private void enableAuth(MemberCluster cluster) {
    for (String command : ENABLING) {
      assertThat(cluster.succeed(command.split(" ", -1))).isNotBlank();
    }
    if (root == Root.PASSWORD) {
      cluster.identify("client", "--user=root:" + PASSWORD);
    } else {
      cluster.identify("root");
    }
  }

  @Override
  public String toString() {
    String auth =
        switch (root) {
          case ANYBODY -> "auth off";
          case PASSWORD -> "root by password";
          case CERTIFICATE -> "root by certificate";
        };
    return members
        + (members == 1 ? " member, " : " members, ")
        + (tls ? "mTLS, " : "plaintext, ")
        + auth
        + (proxied ? ", through proxies" : "");
  }
}
