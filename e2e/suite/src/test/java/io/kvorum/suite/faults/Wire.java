package io.kvorum.suite.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The connections that one member makes to another: a proxy at an address of its own.
final class Wire implements AutoCloseable {

  private static final int CHUNK_BYTES = 16 << 10;
  private static final int CONNECT_MILLIS = 2_000;

  private final ServerSocket listener = new ServerSocket();
  private final InetSocketAddress target;
  private final Way there;
  private final Way back;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean refusing;

  Wire(InetSocketAddress address, InetSocketAddress target, Way there, Way back)
      throws IOException {
    this.target = target;
    this.there = there;
    this.back = back;
    listener.setReuseAddress(true);
    listener.bind(address);
    Thread.ofVirtual().start(this::accept);
  }

  /// Breaks all connections, and those to come at once.
  void refuse() {
    refusing = true;
    reset();
  }

  /// Breaks all connections; new ones are let through unless they are refused.
  void reset() {
    open.forEach(Wire::abort);
  }

  void admit() {
    refusing = false;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket near = listener.accept();
        Thread.ofVirtual().start(() -> join(near));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void join(Socket near) {
    if (refusing) {
      abort(near);
      return;
    }
    var far = new Socket();
    try (near;
        far) {
      far.connect(target, CONNECT_MILLIS);
      near.setTcpNoDelay(true);
      far.setTcpNoDelay(true);
      open.add(near);
      open.add(far);
      Thread answers = Thread.ofVirtual().start(() -> pump(far, near, back));
      pump(near, far, there);
      answers.join();
    } catch (IOException nobodyListens) {
      abort(near);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(near);
      open.remove(far);
    }
  }

  /// Ends both sockets when one of them ends.
  private static void pump(Socket from, Socket to, Way way) {
    var chunk = new byte[CHUNK_BYTES];
    try (from;
        to) {
      for (int n = from.getInputStream().read(chunk);
          n >= 0;
          n = from.getInputStream().read(chunk)) {
        way.pass(n);
        to.getOutputStream().write(chunk, 0, n);
      }
    } catch (IOException broken) {
      abort(from);
      abort(to);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Closes it as a machine does that knows nothing of the connection.
  private static void abort(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException closed) {
      // It had ended already, which is what is wanted.
      return;
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
      reset();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + listener, e);
    }
  }
}
