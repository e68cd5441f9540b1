package io.kvorum.suite.members;

import io.kvorum.testkit.Certificates;
import io.kvorum.testkit.Http;
import io.kvorum.testkit.Loopback;
import io.kvorum.testkit.Program;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A gRPC proxy of ours with a loopback address of its own.
final class ProxyProcess implements AutoCloseable {

  /// Where it tells in plaintext how it is.
  private static final int METRICS_PORT = 2381;

  private final Path folder;
  private final String address = Loopback.next(MemberProcess.CLIENT_PORT, METRICS_PORT);
  private @Nullable Program program;

  /// Flags of its JVM.
  private String javaFlags = "";

  ProxyProcess(Path folder) {
    this.folder = folder;
  }

  /// Has it know hosts by a file.
  ProxyProcess withHosts(Path hosts) {
    javaFlags = "-Djdk.net.hosts.file=" + hosts;
    return this;
  }

  String address() {
    return address;
  }

  String endpoint() {
    return address + ":" + MemberProcess.CLIENT_PORT;
  }

  /// Starts it, and waits until members answer through it.
  ///
  /// @param endpoints of the members
  ProxyProcess start(String endpoints, String... more) {
    launch(endpoints, more);
    awaitHealthy();
    return this;
  }

  /// Starts it.
  void launch(String endpoints, String... more) {
    close();
    program =
        Product.KVORUM
            .member()
            .in(folder)
            .environment("JDK_JAVA_OPTIONS", javaFlags)
            .with("grpc-proxy", "start", "--endpoints=" + endpoints, "--listen-addr=" + endpoint())
            .with("--metrics-addr=" + metricsUrl())
            .with(more)
            .start();
  }

  void awaitHealthy() {
    Http.awaitOk(program(), metricsUrl() + "/health", MemberProcess.START_BOUND);
  }

  String metricsUrl() {
    return "http://" + address + ":" + METRICS_PORT;
  }

  /// Flags by which it shows a member's certificate, and dials members with one that names nobody.
  static String[] tls(Certificates certificates, String shown, String dialling, String... more) {
    var flags = new ArrayList<>(List.of(more));
    flags.addAll(
        List.of(
            "--cert-file=" + certificates.file(shown + ".crt"),
            "--key-file=" + certificates.file(shown + ".key"),
            "--trusted-ca-file=" + certificates.file("ca.crt"),
            "--cert=" + certificates.file(dialling + ".crt"),
            "--key=" + certificates.file(dialling + ".key"),
            "--cacert=" + certificates.file("ca.crt")));
    return flags.toArray(String[]::new);
  }

  Program program() {
    if (program == null) {
      throw new IllegalStateException("the proxy was not started");
    }
    return program;
  }

  @Override
  public void close() {
    if (program != null) {
      program.close();
      program = null;
    }
  }
}
