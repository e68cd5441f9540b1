package io.kvorum.node.server.v2;

import io.kvorum.node.core.replica.MemberRecord;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.api.ClusterService;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.http.HttpCall;
import io.kvorum.node.server.http.HttpPages;
import io.kvorum.node.server.http.UploadRoom;
import io.kvorum.node.server.stage.StateObserver;
import io.netty.util.concurrent.EventExecutor;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// API v2 of a member: keys, members, machines and statistics below `/v2/`.
///
/// While auth is enabled, keys and members are closed: API v2 knows nothing of the users of v3.
public final class V2Api implements HttpPages {

  private static final String KEYS = "/v2/keys";
  private static final String MEMBERS = "/v2/members";
  private static final String MEMBER_METHODS = "GET,POST,DELETE,PUT";
  private static final String KEY_METHODS = "HEAD,GET,PUT,POST,DELETE";

  /// A share of the heap for long bodies that are under way.
  private static final int HEAP_SHARE = 32;

  /// What escapes may make of a byte, and what stands around values.
  private static final int FORM_FACTOR = 3;

  /// How often it is noted who leads.
  private static final long LOOK_MILLIS = 500;

  private static final int FORM_OVERHEAD = 64 * 1024;

  private final Backend backend;
  private final ClusterService members;
  private final Watches watches;
  private final Counts counts = new Counts();
  private final KeysTalk.Parts keys;
  private final Body.Limits limits;
  private final Stats stats;
  private final Expiry expiry;

  /// @param name of this member
  /// @param nanosNow since 1970
  public V2Api(
      Backend backend,
      ClusterService members,
      String name,
      int maxRequestBytes,
      LongSupplier nanosNow) {
    this.backend = backend;
    this.members = members;
    watches = new Watches(backend, counts);
    int maxBody =
        (int)
            Math.min((long) FORM_FACTOR * maxRequestBytes + FORM_OVERHEAD, Integer.MAX_VALUE - 8L);
    long room = Math.max(Runtime.getRuntime().maxMemory() / HEAP_SHARE, maxBody);
    limits = new Body.Limits(maxBody, new UploadRoom(room));
    keys = new KeysTalk.Parts(backend, watches, counts, nanosNow, limits);
    stats = new Stats(backend, name, nanosNow);
    expiry = new Expiry(backend, nanosNow);
  }

  /// Who must follow the state machine for watches.
  public StateObserver observer() {
    return watches;
  }

  /// Begins to look for what expires. On the agreement loop, whether pages are served or not: what
  /// one member wrote any leader must end.
  public void start(EventExecutor loop) {
    expiry.start(loop);
    var _ =
        loop.scheduleWithFixedDelay(stats::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /// Whether a path is API v2's.
  public static boolean isUnder(String path) {
    return path.startsWith("/v2/");
  }

  @Override
  public @Nullable Talker talker(HttpCall call) {
    String path = call.path();
    if (!path.equals(cleaned(path))) {
      return null;
    }
    boolean changes =
        switch (call.method()) {
          case "POST", "PUT", "DELETE" -> true;
          default -> false;
        };
    boolean reads = call.method().equals("GET") || call.method().equals("HEAD");
    if (isAt(path, KEYS) && (changes || reads)) {
      String key = path.equals(KEYS) ? "/" : withoutSlash(path.substring(KEYS.length()));
      return reply -> {
        var talk = new KeysTalk(keys, call, key, reply);
        talk.read();
        return talk;
      };
    }
    if (!isAt(path, MEMBERS) || !changes || backend.accounts().enabled()) {
      return null;
    }
    return reply -> {
      var talk = new MembersTalk(backend, members, call, idIn(path), reply, limits);
      talk.read();
      return talk;
    };
  }

  private static boolean isAt(String path, String page) {
    return path.equals(page) || path.startsWith(page + "/");
  }

  /// What stands behind `/v2/members/`.
  private static String idIn(String path) {
    return path.length() <= MEMBERS.length() + 1 ? "" : path.substring(MEMBERS.length() + 1);
  }

  private static String withoutSlash(String path) {
    return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  @Override
  public CompletableFuture<HttpAnswer> answer(HttpCall call) {
    return CompletableFuture.completedFuture(page(call));
  }

  private HttpAnswer page(HttpCall call) {
    String path = call.path();
    String clean = cleaned(path);
    if (!path.equals(clean)) {
      return moved(call, clean);
    }
    if (isAt(path, KEYS)) {
      return HttpAnswer.methodNotAllowed(KEY_METHODS);
    }
    if (isAt(path, MEMBERS)) {
      return members(call, path);
    }
    return switch (path) {
      case "/v2/machines" ->
          call.method().equals("GET") || call.method().equals("HEAD")
              ? HttpAnswer.ok(HttpAnswer.TEXT, machines())
              : HttpAnswer.methodNotAllowed("GET,HEAD");
      case "/v2/stats/store" -> onlyGet(call, json(200, counts.json()));
      case "/v2/stats/self" -> onlyGet(call, json(200, stats.self()));
      case "/v2/stats/leader" ->
          onlyGet(
              call,
              stats.leads()
                  ? json(200, stats.followers())
                  : MembersTalk.message(403, "not current leader"));
      default -> HttpAnswer.notFound();
    };
  }

  private static HttpAnswer onlyGet(HttpCall call, HttpAnswer answer) {
    return call.method().equals("GET") ? answer : HttpAnswer.methodNotAllowed("GET");
  }

  private static HttpAnswer json(int status, String body) {
    return HttpAnswer.of(status, HttpAnswer.JSON, body);
  }

  private HttpAnswer members(HttpCall call, String path) {
    if (backend.accounts().enabled()) {
      return MembersTalk.message(401, "Insufficient credentials");
    }
    if (!call.method().equals("GET")) {
      return HttpAnswer.methodNotAllowed(MEMBER_METHODS);
    }
    Collection<MemberRecord> all = backend.cluster().members().values();
    String which = path.substring(MEMBERS.length());
    HttpAnswer answer =
        switch (which) {
          case "", "/" ->
              json(
                  200,
                  all.stream()
                      .map(V2Api::json)
                      .collect(Collectors.joining(",", "{\"members\":[", "]}\n")));
          case "/leader" ->
              all.stream()
                  .filter(member -> member.id().value() == backend.leader().memberId())
                  .findFirst()
                  .map(leader -> json(200, json(leader) + "\n"))
                  .orElseGet(() -> MembersTalk.message(503, "During election"));
          default -> MembersTalk.message(404, "Not found");
        };
    return answer.with(List.of(clusterId(backend)));
  }

  private static String json(MemberRecord member) {
    return MembersTalk.json(
        member.id().value(),
        member.attributes().name(),
        member.peerUrls(),
        member.attributes().clientUrls());
  }

  private String machines() {
    return backend.cluster().members().values().stream()
        .flatMap(member -> member.attributes().clientUrls().stream())
        .sorted()
        .collect(Collectors.joining(", "));
  }

  static Map.Entry<String, String> clusterId(Backend backend) {
    return Map.entry("x-etcd-cluster-id", Stats.id(backend.clusterId()));
  }

  /// The path without empty parts and without "." and "..", with a slash at its end if it had one.
  static String cleaned(String path) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : path.split("/", -1)) {
      switch (part) {
        case "", "." -> {}
        case ".." -> parts.pollLast();
        default -> parts.addLast(part);
      }
    }
    String clean = "/" + String.join("/", parts);
    return path.endsWith("/") && !clean.equals("/") ? clean + "/" : clean;
  }

  /// Readers are shown the way, too.
  private static HttpAnswer moved(HttpCall call, String path) {
    String location;
    try {
      location = new URI(null, null, path, null).toASCIIString();
    } catch (URISyntaxException e) {
      return HttpAnswer.notFound();
    }
    String target = call.rawQuery().isEmpty() ? location : location + "?" + call.rawQuery();
    boolean reads = call.method().equals("GET") || call.method().equals("HEAD");
    HttpAnswer answer =
        reads
            ? HttpAnswer.of(
                301,
                "text/html; charset=utf-8",
                "<a href=\"" + escaped(target) + "\">Moved Permanently</a>.\n\n")
            : HttpAnswer.empty(301);
    return answer.with(List.of(Map.entry("location", target)));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&#34;")
        .replace("'", "&#39;");
  }
}
