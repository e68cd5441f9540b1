package io.kvorum.node.server.tcpgateway;

import io.kvorum.node.server.config.Endpoint;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.List;

/// Where a gateway listens, and which addresses lead there.
///
/// @param addresses of this machine; a wildcard stands for all of them, of either family
record ListenAddress(List<InetAddress> addresses, int port) {

  ListenAddress {
    addresses = List.copyOf(addresses);
  }

  static ListenAddress of(Endpoint listen) throws UnknownHostException {
    return new ListenAddress(
        listen.host().isEmpty()
            ? List.of(listen.listenAddress().getAddress())
            : List.of(InetAddress.getAllByName(listen.host())),
        listen.port());
  }

  /// Whether who connects to an address comes here.
  boolean isMetBy(InetSocketAddress remote) {
    if (remote.getPort() != port) {
      return false;
    }
    InetAddress target = actual(remote.getAddress());
    return addresses.stream()
        .anyMatch(own -> own.isAnyLocalAddress() ? isOfThisMachine(target) : own.equals(target));
  }

  /// Who connects to a wildcard comes to the machine's own first address.
  private static InetAddress actual(InetAddress remote) {
    if (!remote.isAnyLocalAddress()) {
      return remote;
    }
    return InetAddress.ofLiteral(remote instanceof Inet4Address ? "127.0.0.1" : "::1");
  }

  private static boolean isOfThisMachine(InetAddress address) {
    try {
      return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      // Nobody can tell; a loop would show by the connections that it fills.
      return false;
    }
  }
}
