package io.kvorum.operator;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/// Answers the kubelet: `/livez` while the caches follow, `/readyz` once the operator runs.
final class HealthServer implements AutoCloseable {

  private static final int BACKLOG = 16;

  private final HttpServer server;

  HealthServer(Options options, BooleanSupplier alive, BooleanSupplier ready) throws IOException {
    var address =
        options.healthHost().isEmpty()
            ? new InetSocketAddress(options.healthPort())
            : new InetSocketAddress(options.healthHost(), options.healthPort());
    server = HttpServer.create(address, BACKLOG);
    server.createContext("/livez", exchange -> answer(exchange, alive));
    server.createContext("/readyz", exchange -> answer(exchange, ready));
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  private static void answer(HttpExchange exchange, BooleanSupplier condition) throws IOException {
    boolean good = condition.getAsBoolean();
    byte[] text = (good ? "ok\n" : "not ok\n").getBytes(StandardCharsets.US_ASCII);
    exchange.sendResponseHeaders(good ? 200 : 503, text.length);
    try (var body = exchange.getResponseBody()) {
      body.write(text);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
