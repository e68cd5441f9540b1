package io.kvorum.node.server.proxy;

import static io.kvorum.node.server.config.StartFailure.configuration;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.kvorum.node.server.config.NodeConfig;
import io.kvorum.node.server.config.ProxySettings;
import io.kvorum.node.server.config.Url;
import io.kvorum.node.server.front.Front;
import io.kvorum.node.server.peer.ClusterProbe.Answer;
import io.kvorum.node.server.tls.AcceptingTls;
import io.netty.handler.ssl.JdkSslContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Forwards what comes over HTTP on the client ports to the members of a cluster, and follows who
/// these are.
public final class V2Proxy implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(V2Proxy.class);

  /// A value of API v2, with room for what stands around it.
  private static final int MAX_BODY_BYTES = 4 << 20;

  /// Requests at a time, those that wait for a change among them.
  private static final int MAX_REQUESTS = 4_096;

  private static final int BACKLOG = 512;
  private static final int BUFFER_BYTES = 8 << 10;

  /// Headers that are about one connection, and those that the client sets itself.
  private static final Set<String> OWN =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "host",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private final NodeConfig config;
  private final ProxySettings settings;
  private final ClusterFile file;
  private final Endpoints endpoints;
  private final HttpClient http;
  private final Members members;
  private final Semaphore room = new Semaphore(MAX_REQUESTS);
  private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();
  private final List<HttpServer> servers = new ArrayList<>();
  private final Thread refreshing;
  private volatile List<URI> peerUrls;

  private V2Proxy(
      NodeConfig config, List<URI> peerUrls, BiFunction<List<URI>, Long, Answer> probe) {
    this.config = config;
    this.settings = config.proxy();
    this.file = ClusterFile.in(config.dataDirectory());
    this.peerUrls = List.copyOf(peerUrls);
    this.endpoints = new Endpoints(settings.failureWait().toNanos());
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(settings.dialTimeout())
            .build();
    this.members = new Members(http, probe::apply);
    this.refreshing = Thread.ofVirtual().name("proxy-refresh").unstarted(this::refresh);
  }

  /// Opens the client ports.
  ///
  /// @param peerUrls of members that can tell who the others are
  /// @param tls for secure listeners
  /// @param probe asks members of Kvorum who they are
  public static V2Proxy start(
      NodeConfig config,
      List<URI> peerUrls,
      @Nullable AcceptingTls tls,
      BiFunction<List<URI>, Long, Answer> probe) {
    var proxy = new V2Proxy(config, peerUrls, probe);
    proxy.file.write(proxy.peerUrls);
    var urls = new ArrayList<Url>(config.listen().clientUrls());
    urls.addAll(config.listen().clientHttpUrls());
    urls.forEach(url -> proxy.listen(url, tls));
    proxy.refreshing.start();
    LOG.atInfo().addKeyValue("peer-urls", peerUrls).log("proxy: serving clients");
    return proxy;
  }

  private void listen(Url url, @Nullable AcceptingTls tls) {
    try {
      HttpServer server =
          url.secure() && tls != null
              ? secure(url, tls)
              : HttpServer.create(Front.address(url), BACKLOG);
      server.setExecutor(requests);
      server.createContext("/", exchange -> handle(exchange, tls));
      server.start();
      servers.add(server);
    } catch (IOException e) {
      throw configuration("cannot listen on " + url + ": " + e.getMessage());
    }
  }

  private HttpServer secure(Url url, AcceptingTls tls) throws IOException {
    if (!(tls.context() instanceof JdkSslContext context)) {
      throw new IllegalStateException("TLS is the JDK's here");
    }
    boolean asks = config.clientTls().requireClientCertificate();
    HttpsServer server = HttpsServer.create(Front.address(url), BACKLOG);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context.context()) {
          @Override
          public void configure(HttpsParameters parameters) {
            var wanted = context.context().getDefaultSSLParameters();
            wanted.setNeedClientAuth(asks);
            parameters.setSSLParameters(wanted);
          }
        });
    return server;
  }

  /// Follows who the members are.
  private void refresh() {
    try {
      while (true) {
        Optional<Members.Urls> found = members.ask(peerUrls);
        found.ifPresent(this::follow);
        TimeUnit.NANOSECONDS.sleep(
            found.isPresent()
                ? settings.refreshInterval().toNanos()
                : Math.min(settings.refreshInterval().toNanos(), TimeUnit.SECONDS.toNanos(1)));
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void follow(Members.Urls found) {
    endpoints.replace(found.clients());
    if (!found.peers().equals(peerUrls)) {
      peerUrls = found.peers();
      file.write(peerUrls);
      LOG.atInfo().addKeyValue("client-urls", found.clients()).log("proxy: the members are others");
    }
  }

  private void handle(HttpExchange exchange, @Nullable AcceptingTls tls) throws IOException {
    try (exchange) {
      if (tls != null
          && exchange instanceof HttpsExchange secure
          && tls.refusal(secure.getSSLSession()) != null) {
        // Its certificate was good when the session began that it resumes.
        return;
      }
      if (!room.tryAcquire()) {
        answer(exchange, 503, "httpproxy: too many requests");
        return;
      }
      try {
        serve(exchange);
      } finally {
        room.release();
      }
    }
  }

  private void serve(HttpExchange exchange) throws IOException {
    String method = exchange.getRequestMethod();
    if (exchange.getRequestURI().getPath().equals("/v2/config/local/proxy")) {
      answer(exchange, method.equals("GET") ? 200 : 405, description());
    } else if (settings.mode() == ProxySettings.Mode.READONLY && !method.equals("GET")) {
      answer(exchange, 501, "Not Implemented");
    } else {
      forward(exchange);
    }
  }

  private String description() {
    var urls = new JsonArray();
    endpoints.usable(System.nanoTime()).forEach(url -> urls.add(url.toString()));
    var json = new JsonObject();
    json.add("endpoints", urls);
    return json + "\n";
  }

  private void forward(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
    if (body.length > MAX_BODY_BYTES) {
      answer(exchange, 413, "httpproxy: the request is too large");
      return;
    }
    List<URI> usable = endpoints.usable(System.nanoTime());
    if (usable.isEmpty()) {
      answer(exchange, 503, "httpproxy: zero endpoints currently available");
      return;
    }
    for (URI url : usable) {
      HttpResponse<InputStream> response;
      try {
        response =
            http.send(request(exchange, url, body), HttpResponse.BodyHandlers.ofInputStream());
      } catch (InterruptedException closed) {
        Thread.currentThread().interrupt();
        return;
      } catch (IOException e) {
        endpoints.failed(url, System.nanoTime());
        LOG.warn("proxy: {} does not answer: {}", url, e.toString());
        if (!mayRepeat(exchange.getRequestMethod(), e)) {
          break;
        }
        continue;
      }
      copy(response, exchange);
      return;
    }
    answer(exchange, 502, "httpproxy: unable to get response from any endpoint");
  }

  /// Nobody knows what a write did that was sent and not answered.
  private static boolean mayRepeat(String method, IOException failure) {
    return method.equals("GET")
        || method.equals("HEAD")
        || failure instanceof ConnectException
        || failure instanceof HttpConnectTimeoutException;
  }

  private HttpRequest request(HttpExchange exchange, URI member, byte[] body) {
    URI asked = exchange.getRequestURI();
    String query = asked.getRawQuery() == null ? "" : "?" + asked.getRawQuery();
    var request =
        HttpRequest.newBuilder(member.resolve(asked.getRawPath() + query))
            .method(
                exchange.getRequestMethod(),
                body.length == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    if (!settings.readTimeout().isZero()) {
      request.timeout(settings.readTimeout());
    }
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> {
          if (!OWN.contains(name.toLowerCase(Locale.ROOT))) {
            values.forEach(value -> request.header(name, value));
          }
        });
    request.header("X-Forwarded-For", exchange.getRemoteAddress().getAddress().getHostAddress());
    return request.build();
  }

  /// Passes an answer on as it comes: some come bit by bit, without end.
  private static void copy(HttpResponse<InputStream> response, HttpExchange exchange)
      throws IOException {
    response
        .headers()
        .map()
        .forEach((name, values) -> {
          if (!OWN.contains(name.toLowerCase(Locale.ROOT))) {
            values.forEach(value -> exchange.getResponseHeaders().add(name, value));
          }
        });
    long length = response.headers().firstValueAsLong("Content-Length").orElse(0);
    boolean empty =
        exchange.getRequestMethod().equals("HEAD")
            || response.statusCode() == 204
            || response.statusCode() == 304;
    exchange.sendResponseHeaders(response.statusCode(), empty ? -1 : length);
    try (InputStream in = response.body()) {
      if (empty) {
        return;
      }
      try (OutputStream out = exchange.getResponseBody()) {
        var buffer = new byte[BUFFER_BYTES];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          out.write(buffer, 0, read);
          out.flush();
        }
      }
    }
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange
        .getResponseHeaders()
        .set("Content-Type", text.startsWith("{") ? "application/json" : "text/plain");
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : body.length);
    if (!head) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    refreshing.interrupt();
    servers.forEach(server -> server.stop(0));
    requests.shutdownNow();
    http.shutdownNow();
  }
}
