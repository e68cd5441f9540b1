package io.kvorum.suite.gateway;

import io.kvorum.testkit.Certificates;
import io.kvorum.testkit.Golden;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A client that sends JSON to one member and writes down what comes back.
final class JsonClient implements AutoCloseable {

  private static final Duration BOUND = Duration.ofSeconds(20);

  private static final Pattern TOKEN = Pattern.compile("\"token\":\"([^\"]*)\"");

  private final String url;
  private final @Nullable Certificates certificates;

  /// What the header `Authorization` says; empty: there is none.
  private String token = "";

  private String patience = "";

  /// The last token of each user.
  private final Map<String, String> tokens = new HashMap<>();

  /// The certificate to show.
  private String shown = "nameless";

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(BOUND).build();
  private final Map<String, Open> streams = new HashMap<>();

  /// A stream that is being read.
  private record Open(Stream<String> lines, Iterator<String> next) {}

  /// @param certificates null: none is asked for
  JsonClient(String url, @Nullable Certificates certificates) {
    this.url = url;
    this.certificates = certificates;
  }

  /// Does what a script's command says, and gives what came of it.
  String run(Golden.Case command) throws Exception {
    List<String> args = command.args();
    return switch (command.name()) {
      case "post" -> curl("POST", args.getFirst(), command.input());
      case "request" -> curl(args.getFirst(), args.get(1), command.input());
      case "sign-in" -> signIn(args.getFirst(), args.get(1));
      case "token" -> {
        token = args.isEmpty() ? "" : args.getFirst();
        yield "ok";
      }
      case "as" -> {
        token = String.valueOf(tokens.get(args.getFirst()));
        yield "ok";
      }
      case "patience" -> {
        patience = args.getFirst();
        yield "ok";
      }
      case "show" -> {
        shown = args.getFirst();
        yield "ok";
      }
      case "open" -> open(args.getFirst(), args.get(1), command.input());
      case "lines" -> lines(args.getFirst(), Integer.parseInt(args.get(1)));
      case "close" -> {
        stream(args.getFirst()).lines().close();
        yield "ok";
      }
      case String other -> throw new IllegalArgumentException(other);
    };
  }

  private String signIn(String name, String password) {
    String body = "{\"name\":\"%s\",\"password\":\"%s\"}".formatted(name, password);
    Program.Result result = asked("POST", "/v3/auth/authenticate", body);
    Matcher given = TOKEN.matcher(result.output());
    if (given.find()) {
      token = given.group(1);
      tokens.put(name, token);
    }
    return told(result);
  }

  private String curl(String method, String path, String body) {
    return told(asked(method, path, body));
  }

  private static String told(Program.Result result) {
    return result.errors().strip() + "\n" + masked(result.output().strip());
  }

  private Program.Result asked(String method, String path, String body) {
    var arguments = new ArrayList<>(List.of("curl", "-sS", "--max-time", "15", "-X", method, "-w"));
    arguments.add("%{stderr}%{http_code} %{content_type}");
    if (!method.equals("GET")) {
      arguments.addAll(List.of("--data-binary", "@-"));
    }
    if (!token.isEmpty()) {
      arguments.addAll(List.of("-H", "Authorization: " + token));
    }
    if (!patience.isEmpty()) {
      arguments.addAll(List.of("-H", "Grpc-Timeout: " + patience));
    }
    if (certificates != null) {
      arguments.addAll(
          List.of(
              "--cacert",
              certificates.file("ca.crt"),
              "--cert",
              certificates.file(shown + ".crt"),
              "--key",
              certificates.file(shown + ".key")));
    }
    arguments.add(url + path);
    return Program.command(arguments).run(body.getBytes(StandardCharsets.UTF_8), BOUND);
  }

  private String open(String name, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(BOUND)
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (!token.isEmpty()) {
      request.header("Authorization", token);
    }
    HttpResponse<Stream<String>> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofLines());
    streams.put(name, new Open(response.body(), response.body().iterator()));
    return response.statusCode()
        + " "
        + response.headers().firstValue("content-type").orElse("no type");
  }

  private String lines(String name, int count) throws Exception {
    Iterator<String> next = stream(name).next();
    var lines = new ArrayList<String>();
    Thread reader =
        Thread.ofVirtual()
            .start(() -> {
              while (lines.size() < count && next.hasNext()) {
                lines.add(masked(next.next()));
              }
            });
    if (!reader.join(BOUND)) {
      throw new AssertionError("no " + count + " lines within " + BOUND + ": " + lines);
    }
    return String.join("\n", lines);
  }

  private Open stream(String name) {
    Open open = streams.get(name);
    if (open == null) {
      throw new IllegalArgumentException("no stream " + name + " was opened");
    }
    return open;
  }

  private static String masked(String text) {
    return text.replaceAll("\"(cluster_id|member_id|raft_term|leader)\":\"\\d+\"", "\"$1\":\"*\"")
        .replaceAll("\"(raftIndex|raftAppliedIndex|raftTerm)\":\"\\d+\"", "\"$1\":\"*\"")
        .replaceAll("\"(dbSize|dbSizeInUse)\":\"\\d+\"", "\"$1\":\"*\"")
        .replaceAll("\"(ID|memberID)\":\"\\d{12,}\"", "\"$1\":\"*\"")
        .replaceAll("\"lease\":\"\\d{12,}\"", "\"lease\":\"*\"")
        .replaceAll("\"TTL\":\"(49\\d|500)\",\"granted", "\"TTL\":\"*\",\"granted")
        .replaceAll("\"token\":\"[a-zA-Z]{16}\\.\\d+\"", "\"token\":\"*\"")
        .replaceAll("\"hash\":\\d+", "\"hash\":*")
        .replaceAll("http://127[.:\\d]+", "http://*");
  }

  @Override
  public void close() {
    streams.values().forEach(open -> open.lines().close());
    http.shutdownNow();
    try {
      http.awaitTermination(BOUND);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
