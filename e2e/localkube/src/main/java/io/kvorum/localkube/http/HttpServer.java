package io.kvorum.localkube.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An HTTPS server on loopback with a virtual thread for each connection.
///
/// Written here because watches are connections that stay open for hours, by the hundred, and must
/// notice at once when a client goes; and because the fabric8 client watches over WebSockets.
final class HttpServer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

  private static final int BACKLOG = 200;

  /// More connections than this are no use of a Kubernetes for one machine.
  private static final int MAX_CONNECTIONS = 5_000;

  /// Answers requests.
  interface Handler {
    void handle(HttpRequest request, Exchange exchange) throws IOException, InterruptedException;
  }

  private final ServerSocket listener;
  private final Handler handler;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  HttpServer(SSLContext tls, InetAddress address, int port, Handler handler) throws IOException {
    this.handler = handler;
    this.listener = tls.getServerSocketFactory().createServerSocket();
    listener.setReuseAddress(true);
    listener.bind(new InetSocketAddress(address, port), BACKLOG);
    Thread.ofPlatform().daemon().name("api-accept").start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        if (open.size() >= MAX_CONNECTIONS) {
          socket.close();
          continue;
        }
        open.add(socket);
        Thread.ofVirtual().name("api").start(() -> serve(socket));
      } catch (SocketException e) {
        if (!listener.isClosed()) {
          LOG.warn("cannot accept a connection: {}", e.toString());
        }
      } catch (IOException e) {
        LOG.warn("cannot accept a connection: {}", e.toString());
      }
    }
  }

  private void serve(Socket socket) {
    try {
      new Connection(socket, handler).run();
    } catch (IOException e) {
      // The client left before it said anything.
    } finally {
      open.remove(socket);
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close the API's sockets", e);
    }
  }
}
