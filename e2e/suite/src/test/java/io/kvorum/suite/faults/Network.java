package io.kvorum.suite.faults;

import io.kvorum.suite.members.MemberProcess;
import io.kvorum.testkit.Loopback;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// The network between members, as a TCP proxy on each way: it needs no rights and works on any
/// machine. Every member is called the same by all others, but each finds another address behind
/// the name, in a hosts file of its own.
final class Network implements AutoCloseable {

  /// From one member to another.
  private record Pair(String from, String to) {}

  private final Path folder;
  private final Map<String, String> addresses = new TreeMap<>();
  private final Map<String, List<String>> hosts = new TreeMap<>();
  private final Map<Pair, Way> ways = new HashMap<>();
  private final Map<Pair, Wire> wires = new HashMap<>();

  /// @param folder where hosts files may be
  Network(Path folder) {
    this.folder = folder;
  }

  static String host(String member) {
    return member + ".peer";
  }

  Path hostsFile(String member) {
    return folder.resolve(member + ".hosts");
  }

  /// Connects one more member, at the address where it listens, with all others.
  void join(String member, String address) throws IOException {
    name(member, "127.0.0.1", "localhost");
    name(member, address, host(member));
    for (Map.Entry<String, String> other : addresses.entrySet()) {
      connect(member, other.getKey(), other.getValue());
      connect(other.getKey(), member, address);
    }
    addresses.put(member, address);
    for (Map.Entry<String, List<String>> lines : hosts.entrySet()) {
      Files.write(hostsFile(lines.getKey()), lines.getValue());
    }
  }

  private void connect(String from, String to, String target) throws IOException {
    String address = Loopback.next(MemberProcess.PEER_PORT);
    name(from, address, host(to));
    wires.put(
        new Pair(from, to),
        new Wire(
            new InetSocketAddress(address, MemberProcess.PEER_PORT),
            new InetSocketAddress(target, MemberProcess.PEER_PORT),
            way(from, to),
            way(to, from)));
  }

  private void name(String member, String address, String host) {
    hosts.computeIfAbsent(member, _ -> new ArrayList<>()).add(address + " " + host);
  }

  /// All bytes from one member to another, whoever made the connection.
  Way way(String from, String to) {
    return ways.computeIfAbsent(new Pair(from, to), _ -> new Way());
  }

  /// All ways that end at the member.
  void inbound(String member, Consumer<Way> what) {
    others(member).forEach(other -> what.accept(way(other, member)));
  }

  /// All ways that begin at the member.
  void outbound(String member, Consumer<Way> what) {
    others(member).forEach(other -> what.accept(way(member, other)));
  }

  /// All connections of the member, whoever made them.
  void wires(String member, Consumer<Wire> what) {
    wires.forEach((pair, wire) -> {
      if (pair.from().equals(member) || pair.to().equals(member)) {
        what.accept(wire);
      }
    });
  }

  private List<String> others(String member) {
    return addresses.keySet().stream().filter(other -> !other.equals(member)).toList();
  }

  /// Everything passes again.
  void heal() {
    ways.values().forEach(Way::open);
    wires.values().forEach(Wire::admit);
  }

  @Override
  public void close() {
    heal();
    wires.values().forEach(Wire::close);
  }
}
