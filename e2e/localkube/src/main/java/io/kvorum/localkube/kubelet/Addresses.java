package io.kvorum.localkube.kubelet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A loopback address for each Pod name, kept in a file: a name has the same address for ever, so
/// peers find a Pod that was created anew, and a name can be resolved before its Pod exists.
///
/// All addresses of one state folder begin with the same two bytes. A socket that stays bound on
/// one of them claims these two bytes among the embedded clusters that run on this machine.
public final class Addresses implements AutoCloseable {

  private static final int FIRST_SUBNET = 16;
  private static final int SUBNETS = 224;
  private static final int HOSTS_PER_SUBNET = 250;
  private static final int MAX_PROBED = 1_000;

  /// A port to try an address with: etcd's client port.
  private static final int PROBE_PORT = 2379;

  private static final int GUARD_PORT = 61_254;

  private final Path file;
  private final Map<String, String> byName = new LinkedHashMap<>();
  private final ServerSocket guard;
  private final int subnet;
  private int next;

  /// Reads the file if it is there. When its subnet is taken by another cluster meanwhile, all
  /// names get new addresses.
  public Addresses(Path file, RandomGenerator random) {
    this.file = file;
    read();
    Integer kept = subnet(byName);
    Optional<ServerSocket> held = kept == null ? Optional.empty() : bind(guardOf(kept), GUARD_PORT);
    if (kept != null && held.isPresent()) {
      this.guard = held.get();
      this.subnet = kept;
    } else {
      byName.clear();
      this.guard = claim(random);
      this.subnet = guard.getInetAddress().getAddress()[1] & 0xFF;
    }
    next = byName.size();
  }

  private void read() {
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
  }

  private static @Nullable Integer subnet(Map<String, String> byName) {
    return byName.values().stream()
        .findFirst()
        .map(address -> Integer.valueOf(address.split("\\.", -1)[1]))
        .orElse(null);
  }

  private static ServerSocket claim(RandomGenerator random) {
    int start = random.nextInt(SUBNETS);
    for (int i = 0; i < SUBNETS; i++) {
      Optional<ServerSocket> socket =
          bind(guardOf(FIRST_SUBNET + (start + i) % SUBNETS), GUARD_PORT);
      if (socket.isPresent()) {
        return socket.get();
      }
    }
    throw new IllegalStateException("every loopback subnet is taken by another local Kubernetes");
  }

  private static String guardOf(int subnet) {
    return "127." + subnet + ".255.254";
  }

  private static Optional<ServerSocket> bind(String address, int port) {
    ServerSocket socket = null;
    try {
      socket = new ServerSocket();
      socket.bind(new InetSocketAddress(address, port));
      return Optional.of(socket);
    } catch (IOException e) {
      closeQuietly(socket);
      return Optional.empty();
    }
  }

  private static void closeQuietly(@Nullable ServerSocket socket) {
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (IOException e) {
      // It was not bound: nothing is lost.
    }
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
    Optional<ServerSocket> socket = bind(address, PROBE_PORT);
    socket.ifPresent(Addresses::closeQuietly);
    return socket.isPresent();
  }

  private void save() {
    var text = new StringBuilder();
    byName.forEach((name, address) -> text.append(address).append(' ').append(name).append('\n'));
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.writeString(fresh, text);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the addresses of Pods to " + file, e);
    }
  }

  @Override
  public void close() {
    closeQuietly(guard);
  }
}
