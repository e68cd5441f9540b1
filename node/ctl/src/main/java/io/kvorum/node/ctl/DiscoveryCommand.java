package io.kvorum.node.ctl;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// discovery: serves tokens over HTTP, by which members of new clusters find each other.
final class DiscoveryCommand {

  private static final int MAX_BODY_BYTES = 16 << 10;

  /// Requests at a time; those that only wait are most of them.
  private static final int MAX_REQUESTS = 4_096;

  private static final int BACKLOG = 512;
  private static final Duration SHORTEST_LIFE = Duration.ofMinutes(1);

  /// The JDK's server knows these bounds as properties of the process.
  private static final Map<String, String> BOUNDS =
      Map.of(
          "jdk.httpserver.maxConnections", "8192",
          "sun.net.httpserver.maxReqTime", "30",
          "sun.net.httpserver.maxReqHeaders", "100",
          "sun.net.httpserver.nodelay", "true");

  static final Command DISCOVERY =
      new Command(
          "discovery",
          "",
          "serve tokens by which new clusters find their members",
          "Stands in for the public discovery service, and keeps the tokens in the store of"
              + " --endpoints:\nGET /new?size=3 answers with a URL, for --discovery of each"
              + " member.",
          List.of(
              Flag.text("listen-addr", "127.0.0.1:8087", "address and port to serve at"),
              Flag.text(
                  "base-url",
                  "",
                  "what stands before tokens (default: the host that a request names)"),
              Flag.text("cert-file", "", "serve https with this certificate (PEM)"),
              Flag.text("key-file", "", "and this key (PEM)"),
              Flag.number("max-size", 15, "largest size of a cluster"),
              Flag.number("new-per-minute", 30, "tokens that one address may make in a minute"),
              Flag.duration("token-ttl", "168h", "how long a token is kept"),
              Flag.toggle(
                  "behind-proxy", "addresses of clients are what X-Forwarded-For says last")),
          DiscoveryCommand::run);

  private final DiscoveryService service;
  private final String scheme;
  private final String base;
  private final boolean behindProxy;
  private final Semaphore room = new Semaphore(MAX_REQUESTS);

  private DiscoveryCommand(
      DiscoveryService service, String scheme, String base, boolean behindProxy) {
    this.service = service;
    this.scheme = scheme;
    this.base = base;
    this.behindProxy = behindProxy;
  }

  private static void run(Invocation invocation) throws Failure, IOException {
    Flags flags = invocation.flags();
    BOUNDS.forEach((name, value) -> {
      if (System.getProperty(name) == null) {
        System.setProperty(name, value);
      }
    });
    Duration life = flags.duration("token-ttl");
    if (life.compareTo(SHORTEST_LIFE) < 0) {
      throw Failure.badArguments("--token-ttl is a minute or more");
    }
    var limits =
        new DiscoveryService.Limits(
            flags.positive("max-size"), flags.positive("new-per-minute"), life);
    var changes = new DiscoveryChanges();
    boolean secure = !flags.text("cert-file").isEmpty() || !flags.text("key-file").isEmpty();
    String scheme = secure ? "https" : "http";
    var command =
        new DiscoveryCommand(
            new DiscoveryService(invocation.client(), changes, limits),
            scheme,
            flags.text("base-url").replaceAll("/+$", ""),
            flags.on("behind-proxy"));
    HttpServer server = server(flags, secure);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", command::handle);
    server.start();
    Output output = invocation.console().output();
    output.line(
        "serving tokens at %s://%s:%d"
            .formatted(
                scheme,
                server.getAddress().getAddress().getHostAddress(),
                server.getAddress().getPort()));
    output.flush();
    changes.follow(invocation.client().sharing(), invocation.console().errors());
  }

  private static HttpServer server(Flags flags, boolean secure) throws Failure {
    Endpoint where = Endpoint.parse(flags.text("listen-addr"));
    var address = new InetSocketAddress(where.host(), where.port());
    try {
      if (!secure) {
        return HttpServer.create(address, BACKLOG);
      }
      HttpsServer server = HttpsServer.create(address, BACKLOG);
      server.setHttpsConfigurator(
          new HttpsConfigurator(tls(flags.text("cert-file"), flags.text("key-file"))));
      return server;
    } catch (IOException e) {
      throw Failure.error("cannot listen at " + where.text() + ": " + e.getMessage());
    }
  }

  private static SSLContext tls(String certificate, String key) throws Failure {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setKeyEntry(
          "server",
          Pem.privateKey(Files.readString(Path.of(key))),
          new char[0],
          Pem.certificates(Files.readString(Path.of(certificate))).toArray(new X509Certificate[0]));
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw Failure.badArguments(
          "--cert-file=%s and --key-file=%s are not usable: %s"
              .formatted(certificate, key, e.getMessage()));
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    if (!room.tryAcquire()) {
      send(exchange, DiscoveryAnswer.message(503, "too many requests: try again"));
      return;
    }
    try {
      send(exchange, answer(exchange));
    } finally {
      room.release();
    }
  }

  private DiscoveryAnswer answer(HttpExchange exchange) throws IOException {
    byte[] form = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
    if (form.length > MAX_BODY_BYTES) {
      return DiscoveryAnswer.message(413, "the request is too large");
    }
    try {
      return service.answer(
          DiscoveryRequest.of(
              exchange.getRequestMethod(),
              exchange.getRequestURI(),
              new String(form, StandardCharsets.UTF_8),
              baseOf(exchange),
              clientOf(exchange)));
    } catch (IllegalArgumentException e) {
      return DiscoveryAnswer.message(400, "Bad Request");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return DiscoveryAnswer.message(503, "the service ends");
    }
  }

  private String baseOf(HttpExchange exchange) {
    String host = exchange.getRequestHeaders().getFirst("Host");
    if (!base.isEmpty() || host == null) {
      return base.isEmpty() ? scheme + "://" + exchange.getLocalAddress() : base;
    }
    return scheme + "://" + host;
  }

  private String clientOf(HttpExchange exchange) {
    String forwarded = exchange.getRequestHeaders().getFirst("X-Forwarded-For");
    if (behindProxy && forwarded != null) {
      return forwarded.substring(forwarded.lastIndexOf(',') + 1).strip();
    }
    return exchange.getRemoteAddress().getAddress().getHostAddress();
  }

  private static void send(HttpExchange exchange, DiscoveryAnswer answer) throws IOException {
    byte[] body = answer.body();
    exchange.getResponseHeaders().set("Content-Type", answer.type());
    if (answer.index() != 0) {
      exchange.getResponseHeaders().set("X-Etcd-Index", "" + answer.index());
    }
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(answer.status(), head || body.length == 0 ? -1 : body.length);
    if (!head && body.length > 0) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    }
    exchange.close();
  }
}
