package io.kvorum.suite.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Http;
import io.kvorum.testkit.Loopback;
import io.kvorum.testkit.Program;
import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The Debian package, in a root of its own: it installs, its member runs as its own user, an
/// upgrade keeps data and configuration, and a purge asks before data goes.
@Timeout(300)
final class DebianPackageTest {

  private static final Duration BOUND = Duration.ofSeconds(90);
  private static final Path ROOT = ProjectRoot.find();
  private static final String NEXT = "9.9.9";

  @TempDir private Path folder;

  private static Path built() throws IOException {
    Path target = ROOT.resolve("packaging/deb/target");
    if (Files.isDirectory(target)) {
      try (Stream<Path> files = Files.list(target)) {
        Path found =
            files.filter(file -> file.toString().endsWith(".deb")).findFirst().orElse(null);
        if (found != null) {
          return found;
        }
      }
    }
    throw new IllegalStateException(
        "no package in " + target + ": mvn -Ppackage -DskipTests -pl packaging/deb -am package");
  }

  private static Program.Result run(String... command) {
    return Program.command(command).run(BOUND);
  }

  private static String printed(String... command) {
    Program.Result result = run(command);
    assertThat(result.exitCode()).as("%s: %s", List.of(command), result.errors()).isZero();
    return result.output();
  }

  @Test
  void package_holdsProgramsServiceAndConfiguration() throws IOException {
    String deb = built().toString();
    assertThat(printed("dpkg-deb", "-f", deb, "Package", "Architecture", "Depends"))
        .contains("Package: kvorum")
        .contains("Architecture: amd64")
        .contains("openjdk-25-jre-headless |");
    List<String> contents = printed("dpkg-deb", "-c", deb).lines().toList();
    assertThat(contents).allMatch(line -> line.contains(" root/root "));
    for (String file :
        List.of(
            "-rwxr-xr-x .* ./usr/lib/kvorum/kvorum",
            "l.* ./usr/bin/kvorum -> ../lib/kvorum/kvorum",
            "-rw-r--r-- .* ./usr/lib/systemd/system/kvorum.service",
            "-rw-r--r-- .* ./etc/kvorum/kvorum.conf",
            "-rw-r--r-- .* ./usr/lib/kvorum/lib/node-server-.*.jar",
            "-rw-r--r-- .* ./usr/lib/kvorum/lib/node-ctl-.*.jar")) {
      assertThat(contents).anyMatch(line -> line.matches(file));
    }
    assertThat(Files.readString(ROOT.resolve("manifests/systemd/kvorum.service")))
        .contains("\nUser=kvorum\n")
        .contains("\nEnvironmentFile=-/etc/kvorum/kvorum.conf\n")
        .contains("\nExecStart=/usr/bin/kvorum node\n");
    for (String script : List.of("postinst", "prerm", "postrm")) {
      assertThat(
              printed("sh", "-n", ROOT.resolve("packaging/deb/src/control/" + script).toString()))
          .isEmpty();
    }
  }

  /// Only root installs packages; who is not has seen what is in this one by the test above.
  @Test
  void packageIsInstalled_upgraded_removed_andPurged() throws IOException {
    if (!printed("id", "-u").strip().equals("0")) {
      return;
    }
    Path root = emptyRoot();
    dpkg(root, "-i", built().toString());
    Path data = root.resolve("var/lib/kvorum");
    assertThat(printed("stat", "-c", "%a", data.toString()).strip()).isEqualTo("700");
    serves(root);

    Path configuration = root.resolve("etc/kvorum/kvorum.conf");
    Files.writeString(configuration, "ETCD_NAME=mine\n");
    String before = printed("find", data.toString());
    dpkg(root, "--force-confold", "-i", next().toString());
    assertThat(printed("dpkg-query", "--admindir=" + admin(root), "-W", "kvorum")).contains(NEXT);
    assertThat(Files.readString(configuration)).isEqualTo("ETCD_NAME=mine\n");
    assertThat(printed("find", data.toString())).isEqualTo(before);
    serves(root);

    dpkg(root, "-r", "kvorum");
    assertThat(root.resolve("usr/bin/kvorum")).doesNotExist();
    assertThat(configuration).exists();
    assertThat(dpkg(root, "-P", "kvorum")).contains("was kept");
    assertThat(configuration).doesNotExist();
    assertThat(data.resolve("default.etcd/member/IDENTITY")).exists();
    purgeIsAsked(root, data);
  }

  private static void purgeIsAsked(Path root, Path data) throws IOException {
    for (String answer : List.of("no", "yes")) {
      dpkg(root, "-i", built().toString());
      String purge = String.join(" ", words(root, "-P", "kvorum"));
      Program.Result result =
          Program.command("script", "-qec", purge, "/dev/null")
              .run((answer + "\n").getBytes(StandardCharsets.UTF_8), BOUND);
      assertThat(result.output()).contains("Remove the data of all members in");
      assertThat(Files.exists(data)).isEqualTo(answer.equals("no"));
    }
  }

  /// What dpkg needs to take a folder for a machine.
  private Path emptyRoot() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path root = Files.createDirectories(folder.resolve("root"));
    for (String directory : List.of("etc", "var/lib/dpkg/info", "var/lib/dpkg/updates")) {
      Files.createDirectories(root.resolve(directory));
    }
    for (String file :
        List.of("etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "var/lib/dpkg/status")) {
      Files.createFile(root.resolve(file));
    }
    return root;
  }

  private static Path admin(Path root) {
    return root.resolve("var/lib/dpkg");
  }

  /// Scripts run on this machine with the root in `DPKG_ROOT`; nothing that they depend on is in
  /// it.
  private static String[] words(Path root, String... arguments) {
    return Stream.concat(
            Stream.of(
                "dpkg",
                "--root=" + root,
                "--log=" + root.resolve("log"),
                "--force-script-chrootless",
                "--force-depends"),
            Stream.of(arguments))
        .toArray(String[]::new);
  }

  private static String dpkg(Path root, String... arguments) {
    return printed(words(root, arguments));
  }

  /// The same package as the next version.
  private Path next() throws IOException {
    Path unpacked = folder.resolve("unpacked");
    Path next = folder.resolve("next.deb");
    printed("dpkg-deb", "-R", built().toString(), unpacked.toString());
    Path control = unpacked.resolve("DEBIAN/control");
    Files.writeString(
        control, Files.readString(control).replaceFirst("(?m)^Version: .*", "Version: " + NEXT));
    printed("dpkg-deb", "-Znone", "-b", unpacked.toString(), next.toString());
    return next;
  }

  /// The installed member runs as the package's user, as the unit has it, and the installed client
  /// reaches it.
  private static void serves(Path root) throws IOException {
    String[] user =
        Files.readAllLines(root.resolve("etc/passwd")).stream()
            .filter(line -> line.startsWith("kvorum:"))
            .findFirst()
            .orElseThrow()
            .split(":", -1);
    String address = Loopback.next(2379, 2380);
    String client = "http://" + address + ":2379";
    String peer = "http://" + address + ":2380";
    String program = root.resolve("usr/bin/kvorum").toString();
    Path data = root.resolve("var/lib/kvorum/default.etcd");
    try (Program member =
        Program.command("setpriv", "--reuid=" + user[2], "--regid=" + user[3], "--clear-groups")
            .with(program, "node", "--data-dir=" + data, "--initial-cluster=default=" + peer)
            .with("--initial-advertise-peer-urls=" + peer, "--listen-peer-urls=" + peer)
            .with("--advertise-client-urls=" + client, "--listen-client-urls=" + client)
            .environment("JAVA_HOME", System.getProperty("java.home"))
            .environment("KVORUM_JAVA_OPTS", "-Xmx256m -XX:TieredStopAtLevel=1")
            .in(root.resolve("usr"))
            .start()) {
      Http.awaitOk(member, client + "/health", BOUND);
      assertThat(printed("stat", "-c", "%u", data.resolve("member").toString()).strip())
          .isEqualTo(user[2]);
      assertThat(printed("ps", "-o", "uid=", "-p", "" + member.pid()).strip()).isEqualTo(user[2]);
      Program.Result put =
          Program.command(program, "ctl", "--endpoints=" + client, "put", "key", "value")
              .environment("JAVA_HOME", System.getProperty("java.home"))
              .run(BOUND);
      assertThat(put.output()).as(put.errors()).isEqualTo("OK\n");
      member.terminate();
      assertThat(member.awaitExit(BOUND)).isZero();
    }
  }
}
