package io.kvorum.suite.walkthroughs;

import io.kvorum.testkit.Http;
import io.kvorum.testkit.Loopback;
import io.kvorum.testkit.Program;
import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A machine of a walkthrough: loopback addresses in place of its own, a folder in place of its
/// disk, and the programs `etcd`, `etcdctl` and `kvorum` on its PATH.
final class Machine implements AutoCloseable {

  private static final int[] PORTS = {
    2379, 2380, 12380, 13000, 22379, 22380, 23000, 23790, 32379, 32380, 42379, 42380, 53001
  };
  private static final Duration START_BOUND = Duration.ofMinutes(2);
  private static final List<String> FOLDERS = List.of("/opt/etcd", "/etc/etcd", "/var/lib/etcd");

  private final String name;
  private final String address;
  private final String localhost;
  private final List<String> aliases;
  private final Path folder;
  private final Path root = ProjectRoot.find();
  private final Map<String, String> environment = new HashMap<>();
  private final List<Program> begun = new ArrayList<>();
  private @Nullable Program member;
  private int clientPort = PORTS[0];

  /// @param aliases the addresses that the walkthrough gives it
  /// @param same the machine whose addresses it has, if it is another window of that one
  Machine(String name, List<String> aliases, @Nullable Machine same, Path folder)
      throws IOException {
    this.name = name;
    this.address = same == null ? Loopback.next(PORTS) : same.address;
    this.localhost = same == null ? Loopback.next(PORTS) : same.localhost;
    this.aliases = List.copyOf(aliases);
    this.folder = folder;
    for (String directory : FOLDERS) {
      Files.createDirectories(folder.resolve(directory.substring(1)));
    }
    environment.put("KVORUM", root.resolve("kvorum").toString());
    environment.put("KVORUM_BUILD", "skip");
    environment.put("PATH", folder + ":" + System.getenv("PATH"));
    program("etcd", "exec \"$KVORUM\" node \"$@\"");
    program("kvorum", "exec \"$KVORUM\" \"$@\"");
    program(
        "etcdctl",
        """
        PATH=${PATH#*:}
        client=etcdctl scheme=
        [ "$CLIENT" = ETCDCTL ] || client="$KVORUM ctl"
        [ "$ETCDCTL_API" = 2 ] && scheme=http://
        case " $* " in
          *' --endpoints'*) exec $client "$@" ;;
          *) exec $client --endpoints="$scheme$DEFAULT_ENDPOINT" "$@" ;;
        esac
        """);
  }

  private void program(String program, String script) throws IOException {
    Path file = Files.writeString(folder.resolve(program), "#!/bin/bash\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  String name() {
    return name;
  }

  List<String> aliases() {
    return aliases;
  }

  String address() {
    return address;
  }

  Path folder() {
    return folder;
  }

  /// A variable that every program there has.
  void set(String variable, String value) {
    environment.put(variable, value);
  }

  /// Where its member serves clients, if that is not the usual port.
  void serveAt(int port) {
    clientPort = port;
  }

  /// A text of the walkthrough with this machine's folders and its loopback addresses.
  String here(String text) {
    String mapped = text;
    for (String directory : FOLDERS) {
      mapped = mapped.replace(directory, folder + directory);
    }
    return mapped.replace("0.0.0.0", address).replace("127.0.0.1", localhost);
  }

  /// What it printed, as the walkthrough would show it.
  String there(String text) {
    return text.replace(localhost, "127.0.0.1")
        .replace(address, aliases.getFirst())
        .replace(folder.toString(), "");
  }

  void write(String path, String text) throws IOException {
    Path file = path.startsWith("/") ? Path.of(here(path)) : folder.resolve(path);
    Files.writeString(file, text + "\n");
  }

  private Program.Launch shell(String command, Client client) {
    Program.Launch launch =
        Program.command("bash", "-c", command)
            .in(folder)
            .environment("ETCDCTL_API", environment.getOrDefault("ETCDCTL_API", "3"))
            .environment("CLIENT", client.name())
            .environment("DEFAULT_ENDPOINT", address + ":" + clientPort);
    environment.forEach(launch::environment);
    return launch;
  }

  /// Runs commands in a shell.
  Program.Result run(String command, Client client, Duration bound) {
    return shell(command, client).run(bound);
  }

  /// Starts the member, or a new one in place of the one before. It is this test's to end, so it
  /// neither outlives a shell nor goes into its background.
  void start(String command) {
    stop();
    member =
        shell(
                command
                    .replaceFirst("(?m)^(nohup )?((\\./)?etcd|env) ", "exec $2 ")
                    .replaceFirst("&\\s*$", ""),
                Client.KVORUM)
            .start();
  }

  Program member() {
    if (member == null) {
      throw new IllegalStateException("no member was started on " + name);
    }
    return member;
  }

  void awaitHealthy() {
    Http.awaitOk(member(), "http://" + address + ":" + clientPort + "/health", START_BOUND);
  }

  /// A command that goes on beside the others.
  Program begin(String command, Client client) {
    Program program = shell("exec " + command, client).start();
    begun.add(program);
    return program;
  }

  /// Ends the member as its administrator would.
  void stop() {
    if (member != null) {
      member.terminate();
      member.awaitExit(START_BOUND);
      member.close();
      member = null;
    }
  }

  @Override
  public void close() {
    if (Files.exists(folder.resolve("Procfile"))) {
      run("kvorum local -f Procfile stop", Client.KVORUM, START_BOUND);
    }
    begun.forEach(Program::close);
    if (member != null) {
      member.close();
    }
  }
}
