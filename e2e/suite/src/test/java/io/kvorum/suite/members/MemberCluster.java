package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Certificates;
import io.kvorum.testkit.Program;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Members that form one cluster, and the machine's own etcdctl to talk to them.
public final class MemberCluster implements AutoCloseable {

  private static final Duration COMMAND_BOUND = Duration.ofSeconds(30);

  private static final int LAST_WORDS = 4_000;

  private final Product product;
  private final Path folder;
  private final @Nullable Certificates certificates;
  private final List<MemberProcess> members = new ArrayList<>();

  /// Whose certificate etcdctl shows, where one is asked for.
  private String shown = "client";

  /// Who etcdctl says it is.
  private List<String> identity = List.of();

  public MemberCluster(Product product, Path folder, int size) {
    this(product, folder, size, null, product.isReachedThroughProxies());
  }

  private MemberCluster(
      Product product,
      Path folder,
      int size,
      @Nullable Certificates certificates,
      boolean proxied) {
    this.product = product;
    this.folder = folder;
    this.certificates = certificates;
    for (int i = 0; i < size; i++) {
      members.add(new MemberProcess(product, "infra" + i, folder, certificates, proxied));
    }
  }

  /// Members in plaintext.
  ///
  /// @param proxied whether each has a proxy before it
  public static MemberCluster plain(Product product, Path folder, int size, boolean proxied) {
    return new MemberCluster(product, folder, size, null, proxied);
  }

  /// Members that ask everybody for a certificate; `client` and `root` are such.
  public static MemberCluster withTls(
      Product product, Path folder, int size, Certificates certificates) throws Exception {
    return withTls(product, folder, size, certificates, product.isReachedThroughProxies());
  }

  /// @param proxied whether each has a proxy before it, which asks for certificates as well
  static MemberCluster withTls(
      Product product, Path folder, int size, Certificates certificates, boolean proxied)
      throws Exception {
    var cluster = new MemberCluster(product, folder, size, certificates, proxied);
    for (String client : List.of("client", "root")) {
      certificates.issue(client, "IP:127.0.0.1");
      certificates.rewriteKey(client, client + "-pkcs8");
    }
    for (MemberProcess member : cluster.members) {
      member.renewCertificate(certificates);
    }
    return cluster;
  }

  List<MemberProcess> members() {
    return members;
  }

  MemberProcess member(int index) {
    return members.get(index);
  }

  /// A member that is not part of the cluster yet.
  MemberProcess newMember(String name) {
    var member = new MemberProcess(product, name, folder);
    members.add(member);
    return member;
  }

  /// `infra0=http://...,infra1=http://...`
  String initialCluster() {
    return members.stream()
        .map(member -> member.name() + "=" + member.peerUrl())
        .collect(Collectors.joining(","));
  }

  /// All client endpoints, as `--endpoints` takes them.
  public String endpoints() {
    return members.stream().map(MemberProcess::endpoint).collect(Collectors.joining(","));
  }

  /// Starts all members as a new cluster, or again on the data they have.
  ///
  /// @param more flags beside the usual ones
  public MemberCluster start(String... more) {
    members.forEach(member -> member.start(initialCluster(), "new", more));
    members.forEach(MemberProcess::awaitHealthy);
    return this;
  }

  /// Whether every member's process runs.
  public boolean isAlive() {
    return members.stream().allMatch(member -> member.program().isAlive());
  }

  /// What the members wrote last on standard error.
  public String lastWords() {
    return members.stream()
        .map(member -> member.program().errors())
        .map(text -> text.substring(Math.max(0, text.length() - LAST_WORDS)))
        .collect(Collectors.joining("\n"));
  }

  /// Runs etcdctl against all members.
  public Program.Result etcdctl(String... arguments) {
    return feed("", arguments);
  }

  Program.Result feed(String input, String... arguments) {
    return command(arguments).run(input.getBytes(StandardCharsets.UTF_8), COMMAND_BOUND);
  }

  /// etcdctl against all members, to be started.
  Program.Launch command(String... arguments) {
    return commandAt(endpoints(), arguments);
  }

  private Program.Launch commandAt(String endpoints, String... arguments) {
    return Program.command("etcdctl", "--endpoints=" + endpoints, "--command-timeout=20s")
        .with(flags().toArray(String[]::new))
        .with(arguments);
  }

  /// From now on etcdctl shows this certificate, if one is asked for, and has these flags.
  void identify(String certificate, String... flags) {
    shown = certificate;
    identity = List.of(flags);
  }

  /// What every etcdctl says of itself.
  List<String> flags() {
    var flags = new ArrayList<String>(identity);
    if (certificates != null) {
      flags.add("--cacert=" + certificates.file("ca.crt"));
      flags.add("--cert=" + certificates.file(shown + ".crt"));
      flags.add("--key=" + certificates.file(shown + ".key"));
    }
    return flags;
  }

  /// The certificates of members that ask for such.
  Optional<Certificates> certificates() {
    return Optional.ofNullable(certificates);
  }

  /// Runs etcdctl, which must succeed, and gives what it printed.
  public String succeed(String... arguments) {
    return output(etcdctl(arguments), arguments);
  }

  /// As above, against one member.
  String succeedAt(String endpoint, String... arguments) {
    return output(commandAt(endpoint, arguments).run(COMMAND_BOUND), arguments);
  }

  private static String output(Program.Result result, String... arguments) {
    assertThat(result.exitCode())
        .as("%s: %s%s", List.of(arguments), result.output(), result.errors())
        .isZero();
    return result.output();
  }

  @Override
  public void close() {
    members.forEach(MemberProcess::close);
  }
}
