package io.kvorum.suite.members;

import io.kvorum.testkit.Loopback;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A real name server (dnsmasq) for the domain `example.com`, and the settings by which programs of
/// ours ask it.
final class NameServer implements AutoCloseable {

  static final String DOMAIN = "example.com";

  private static final int PORT = 5353;
  private static final Duration BOUND = Duration.ofSeconds(20);

  private final String address = Loopback.next(PORT);
  private final List<String> records = new ArrayList<>();
  private final Map<String, String> hosts = new LinkedHashMap<>();
  private final Path hostsFile;
  private final Program program;

  /// @param hosts addresses by the names in the domain
  /// @param services lines as `_etcd-server._tcp infra0 2380`
  NameServer(Path folder, Map<String, String> hosts, List<String> services) throws IOException {
    hosts.forEach((name, host) -> this.hosts.put(name + "." + DOMAIN, host));
    this.hosts.forEach((name, host) -> records.add("--host-record=" + name + "," + host));
    for (String service : services) {
      List<String> words = List.of(service.split(" ", -1));
      records.add(
          "--srv-host=%s.%s,%s.%s,%s"
              .formatted(words.get(0), DOMAIN, words.get(1), DOMAIN, words.get(2)));
    }
    hostsFile = folder.resolve("hosts");
    var lines = new ArrayList<String>();
    this.hosts.forEach((name, host) -> lines.add(host + " " + name));
    Files.write(hostsFile, lines);
    program =
        Program.command(
                installed(),
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--pid-file=",
                "--user=" + System.getProperty("user.name"),
                "--log-facility=-",
                "--no-resolv",
                "--no-hosts",
                "--bind-interfaces",
                "--listen-address=" + address,
                "--port=" + PORT,
                "--local=/" + DOMAIN + "/")
            .with(records.toArray(String[]::new))
            .start();
    program.awaitLine("started, version", BOUND);
  }

  /// Debian keeps it where not everybody's PATH leads.
  private static String installed() {
    Path usual = Path.of("/usr/sbin/dnsmasq");
    return Files.isExecutable(usual) ? usual.toString() : "dnsmasq";
  }

  /// Makes a Java program ask this server for records; addresses, which the JVM takes from the C
  /// library and its resolv.conf, it reads from a file.
  Program.Launch known(Program.Launch launch) {
    return launch.environment(
        "JAVA_TOOL_OPTIONS",
        "-Djava.naming.provider.url=dns://%s:%d -Djdk.net.hosts.file=%s"
            .formatted(address, PORT, hostsFile));
  }

  @Override
  public void close() {
    program.close();
  }
}
