package io.kvorum.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/// Loopback addresses (`127.x.y.z`) that nobody else uses, so that each program of a test can have
/// the usual ports on an address of its own.
///
/// The middle two bytes come from this process's id, the last counts up: processes that run beside
/// each other share none, and what is taken all the same is passed over.
public final class Loopback {

  private static final int FIRST_NET = 64;
  private static final int NETS = 160;
  private static final int LAST_HOST = 250;
  private static final AtomicInteger hosts = new AtomicInteger();

  private Loopback() {}

  /// An address on which all the ports are free.
  public static String next(int... ports) {
    for (int attempt = 0; attempt < LAST_HOST; attempt++) {
      int host = hosts.getAndIncrement();
      if (host >= NETS * LAST_HOST) {
        throw new IllegalStateException("no loopback address is left");
      }
      long net = ProcessHandle.current().pid() + 997L * (host / LAST_HOST);
      String address =
          "127.%d.%d.%d".formatted(FIRST_NET + (net / 256) % NETS, net % 256, 1 + host % LAST_HOST);
      if (free(address, ports)) {
        return address;
      }
    }
    throw new IllegalStateException("every loopback address tried has a port in use");
  }

  private static boolean free(String address, int... ports) {
    for (int port : ports) {
      try (var socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral(address), port));
      } catch (IOException e) {
        return false;
      }
    }
    return true;
  }
}
