package io.kvorum.suite.members;

import io.kvorum.testkit.Certificates;
import io.kvorum.testkit.Http;
import io.kvorum.testkit.Loopback;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One member: its name, its own loopback address with the usual ports, its folder, and its process
/// while it runs.
public final class MemberProcess implements AutoCloseable {

  static final int CLIENT_PORT = 2379;
  public static final int PEER_PORT = 2380;
  static final int METRICS_PORT = 2381;

  /// A name that the certificate of every member has.
  static final String ANY = "member";

  /// What the name of the certificate ends with that its proxy shows to it.
  private static final String DIALLING = "-dialling";

  /// Has the proxy leave the member list to the members.
  private static final String UNLISTED = "--advertise-client-url=";

  static final Duration START_BOUND = Duration.ofMinutes(3);
  private static final int CONNECT_MILLIS = 1_000;

  private final Product product;
  private final String name;
  private final String address = Loopback.next(CLIENT_PORT, PEER_PORT, METRICS_PORT);
  private final Path folder;

  /// Where the other members find it: its own address, or a name.
  private final String peerHost;

  private final @Nullable Certificates certificates;
  private final @Nullable ProxyProcess proxy;
  private @Nullable Program program;

  MemberProcess(Product product, String name, Path folder) {
    this(product, name, folder, null, product.isReachedThroughProxies());
  }

  /// A member that speaks TLS with everybody: its certificate is `<name>`, signed by `ca`.
  ///
  /// @param proxied whether clients reach it through a proxy of its own
  MemberProcess(
      Product product,
      String name,
      Path folder,
      @Nullable Certificates certificates,
      boolean proxied) {
    this.proxy = proxied ? new ProxyProcess(folder) : null;
    this.product = product;
    this.certificates = certificates;
    this.name = name;
    this.folder = folder;
    this.peerHost = address;
  }

  private MemberProcess(String name, Path folder, String peerHost) {
    this.proxy = null;
    this.product = Product.KVORUM;
    this.certificates = null;
    this.name = name;
    this.folder = folder;
    this.peerHost = peerHost;
  }

  /// A member that the others find by a name.
  public static MemberProcess named(String name, Path folder, String peerHost) {
    return new MemberProcess(name, folder, peerHost);
  }

  public String name() {
    return name;
  }

  public String address() {
    return address;
  }

  /// Where clients reach it.
  public String endpoint() {
    return proxy == null ? ownEndpoint() : proxy.endpoint();
  }

  private String ownEndpoint() {
    return address + ":" + CLIENT_PORT;
  }

  String clientUrl() {
    return scheme() + endpoint();
  }

  /// Where it tells the others to find it.
  public String peerUrl() {
    return scheme() + peerHost + ":" + PEER_PORT;
  }

  private String scheme() {
    return certificates == null ? "http://" : "https://";
  }

  /// Where it says in plaintext how it is.
  private String healthUrl() {
    return certificates == null ? scheme() + ownEndpoint() : metricsUrl();
  }

  private String metricsUrl() {
    return "http://" + address + ":" + METRICS_PORT;
  }

  /// Gives it a certificate, or a new one while it runs.
  void renewCertificate(Certificates certificates) throws Exception {
    String next = name + "-next";
    // A member that dials others comes from the usual address, which etcd looks for, too.
    String names = "IP:" + address + ",IP:127.0.0.1,DNS:" + ANY;
    if (proxy != null) {
      names += ",IP:" + proxy.address();
      certificates.issueNameless(name + DIALLING, "IP:127.0.0.1");
    }
    certificates.issue(next, names);
    for (String suffix : List.of(".key", ".crt")) {
      Files.move(
          Path.of(certificates.file(next + suffix)),
          Path.of(certificates.file(name + suffix)),
          StandardCopyOption.ATOMIC_MOVE);
    }
  }

  public Path dataFolder() {
    return folder.resolve(name);
  }

  /// The flags of the tutorials; `dashes` is what stands before each, and joins name and value.
  public List<String> flags(String dashes, boolean joined, String cluster, String state) {
    var flags = new ArrayList<String>();
    add(flags, dashes, joined, "name", name);
    add(flags, dashes, joined, "data-dir", dataFolder().toString());
    add(flags, dashes, joined, "listen-client-urls", scheme() + ownEndpoint());
    add(flags, dashes, joined, "advertise-client-urls", clientUrl());
    add(flags, dashes, joined, "listen-peer-urls", scheme() + address + ":" + PEER_PORT);
    add(flags, dashes, joined, "initial-advertise-peer-urls", peerUrl());
    add(flags, dashes, joined, "initial-cluster", cluster);
    add(flags, dashes, joined, "initial-cluster-state", state);
    add(flags, dashes, joined, "initial-cluster-token", "suite");
    if (certificates != null) {
      add(flags, dashes, joined, "listen-metrics-urls", metricsUrl());
      for (String plane : List.of("", "peer-")) {
        add(flags, dashes, joined, plane + "cert-file", certificates.file(name + ".crt"));
        add(flags, dashes, joined, plane + "key-file", certificates.file(name + ".key"));
        add(flags, dashes, joined, plane + "trusted-ca-file", certificates.file("ca.crt"));
        flags.add(dashes + plane + "client-cert-auth");
      }
    }
    return flags;
  }

  private static void add(
      List<String> flags, String dashes, boolean joined, String name, String value) {
    if (joined) {
      flags.add(dashes + name + "=" + value);
    } else {
      flags.add(dashes + name);
      flags.add(value);
    }
  }

  /// A launch with the product's program, to be given flags or environment.
  public Program.Launch launch() {
    return product.member().in(folder);
  }

  /// Starts it with flags in the usual form, and more of them.
  void start(String cluster, String state, String... more) {
    start(launch().with(flags("--", true, cluster, state).toArray(String[]::new)).with(more));
  }

  public void start(Program.Launch launch) {
    close();
    program = launch.start();
    if (proxy != null) {
      proxy.launch(
          ownEndpoint(),
          certificates == null
              ? new String[] {UNLISTED}
              : ProxyProcess.tls(certificates, name, name + DIALLING, UNLISTED));
    }
  }

  public Program program() {
    if (program == null) {
      throw new IllegalStateException(name + " was not started");
    }
    return program;
  }

  /// Waits until it says that it serves, which takes a leader, and until its client port is open: a
  /// moment later, where it says so on another one.
  public void awaitHealthy() {
    Http.awaitOk(program(), healthUrl() + "/health", START_BOUND);
    program().awaitWhileAlive("its client port is open", START_BOUND, this::isOpen);
    if (proxy != null) {
      proxy.awaitHealthy();
    }
  }

  private boolean isOpen() {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, CLIENT_PORT), CONNECT_MILLIS);
      return true;
    } catch (IOException closed) {
      return false;
    }
  }

  @Override
  public void close() {
    if (program != null) {
      program.close();
    }
    if (proxy != null) {
      proxy.close();
    }
  }
}
