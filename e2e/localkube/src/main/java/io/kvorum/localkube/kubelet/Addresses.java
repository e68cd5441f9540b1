package io.kvorum.localkube.kubelet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/// A loopback address for each Pod name, kept in a file: a name has the same address for ever, so
/// peers find a Pod that was created anew, and a name can be resolved before its Pod exists.
///
/// All addresses of one state folder begin with the same two bytes, drawn once, so that several
/// embedded clusters on one machine don't meet.
public final class Addresses {

  private static final int HOSTS_PER_SUBNET = 250;
  private static final int MAX_PROBED = 1_000;

  /// A port to try an address with: etcd's client port.
  private static final int PROBE_PORT = 2379;

  private final Path file;
  private final Map<String, String> byName = new LinkedHashMap<>();
  private int next;
  private final int subnet;

  /// Reads the file if it is there.
  public Addresses(Path file, RandomGenerator random) {
    this.file = file;
    try {
      if (Files.exists(file)) {
        for (String line : Files.readAllLines(file)) {
          String[] parts = line.split(" ", 2);
          if (parts.length == 2) {
            byName.put(parts[1], parts[0]);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the addresses of Pods in " + file, e);
    }
    next = byName.size();
    subnet =
        byName.values().stream()
            .findFirst()
            .map(address -> Integer.parseInt(address.split("\\.", -1)[1]))
            .orElseGet(() -> 16 + random.nextInt(224));
  }

  /// The address of a Pod.
  public synchronized String of(String namespace, String pod) {
    String name = namespace + "/" + pod;
    String known = byName.get(name);
    if (known != null) {
      return known;
    }
    for (int tried = 0; tried < MAX_PROBED; tried++) {
      String address =
          "127.%d.%d.%d".formatted(subnet, next / HOSTS_PER_SUBNET, next % HOSTS_PER_SUBNET + 1);
      next++;
      if (isFree(address)) {
        byName.put(name, address);
        save();
        return address;
      }
    }
    throw new IllegalStateException("no free loopback address below 127." + subnet);
  }

  private static boolean isFree(String address) {
    try (var socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(address, PROBE_PORT));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void save() {
    var text = new StringBuilder();
    byName.forEach((name, address) -> text.append(address).append(' ').append(name).append('\n'));
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.writeString(
          next, text, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the addresses of Pods to " + file, e);
    }
  }
}
