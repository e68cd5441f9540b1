package io.kvorum.node.ctl;

import com.google.gson.JsonObject;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;

/// What the public discovery service did, over a store: `GET /new?size=3` makes a token, and below
/// it stand the keys by which members with `--discovery` find each other.
final class DiscoveryService {

  /// Whoever waits is answered after so long, and asks again: nobody hears a client that has gone.
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(50);

  private static final int MAX_WAITING = 2_000;
  private static final int MAX_VALUE_LENGTH = 4_096;
  private static final int DEFAULT_SIZE = 3;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private static final String USAGE =
      """
      Discovery for new clusters of Kvorum or etcd.

      GET /new?size=3    makes a token for a cluster of three and answers with its URL;
                         start each member with --discovery and that URL
      GET /TOKEN         shows who has registered
      """;

  private final Client client;
  private final DiscoveryChanges changes;
  private final Limits limits;
  private final RateLimit creations;
  private final Semaphore waiting = new Semaphore(MAX_WAITING);

  /// @param tokenLife how long a token and what stands below it are kept
  record Limits(int maxSize, int newPerMinute, Duration tokenLife) {}

  DiscoveryService(Client client, DiscoveryChanges changes, Limits limits) {
    this.client = client;
    this.changes = changes;
    this.limits = limits;
    this.creations = new RateLimit(limits.newPerMinute());
  }

  /// Answers a request; a store that fails is the server's fault.
  DiscoveryAnswer answer(DiscoveryRequest request) throws InterruptedException {
    try {
      return switch (request.path().size()) {
        case 0 -> request.isGet() ? DiscoveryAnswer.text(200, USAGE) : notAllowed();
        case 1 -> top(request.path().getFirst(), request);
        default -> below(request);
      };
    } catch (Failure e) {
      return DiscoveryAnswer.message(503, "the store does not answer: " + e.text());
    } catch (IOException e) {
      return DiscoveryAnswer.message(503, "the store does not answer: " + e.getMessage());
    }
  }

  private DiscoveryAnswer top(String word, DiscoveryRequest request)
      throws Failure, IOException, InterruptedException {
    if (!request.isGet()) {
      return notAllowed();
    }
    return switch (word) {
      case "new" -> create(request);
      case "health" -> {
        var _ = registry().read("health");
        yield DiscoveryAnswer.text(200, "OK");
      }
      case "robots.txt" -> DiscoveryAnswer.text(200, "User-agent: *\nDisallow: /\n");
      case String token -> {
        if (!NAME.matcher(token).matches()) {
          yield DiscoveryAnswer.notFound("/" + token, 0);
        }
        yield isWait(request) ? awaited(token, "", request) : list(token);
      }
    };
  }

  private DiscoveryAnswer create(DiscoveryRequest request) throws Failure, IOException {
    String given = request.parameter("size");
    int size;
    try {
      size = given.isEmpty() ? DEFAULT_SIZE : Integer.parseInt(given);
    } catch (NumberFormatException e) {
      size = 0;
    }
    if (size < 1 || size > limits.maxSize()) {
      return DiscoveryAnswer.text(
          400, "size must be a number from 1 to %d\n".formatted(limits.maxSize()));
    }
    if (!creations.allows(request.client(), System.nanoTime())) {
      return DiscoveryAnswer.text(
          429, "no more than %d tokens a minute\n".formatted(limits.newPerMinute()));
    }
    String token = registry().create(size, limits.tokenLife());
    return DiscoveryAnswer.text(200, request.base() + "/" + token);
  }

  private DiscoveryAnswer below(DiscoveryRequest request)
      throws Failure, IOException, InterruptedException {
    String token = request.path().getFirst();
    String rest = String.join("/", request.path().subList(1, request.path().size()));
    if (!NAME.matcher(token).matches()) {
      return DiscoveryAnswer.notFound("/" + token, 0);
    }
    if (rest.equals("_config/size")) {
      return request.isGet() ? size(token) : notAllowed();
    }
    if (!NAME.matcher(rest).matches()) {
      return DiscoveryAnswer.notFound(key(token) + "/" + rest, 0);
    }
    return switch (request.method()) {
      case "GET" -> isWait(request) ? awaited(token, rest, request) : member(token, rest);
      case "PUT" -> register(token, rest, request);
      case "DELETE" -> remove(token, rest);
      case String _ -> notAllowed();
    };
  }

  private DiscoveryAnswer size(String token) throws Failure, IOException {
    DiscoveryRegistry.Snapshot now = registry().read(token);
    String key = key(token) + "/_config/size";
    return now.size()
        .map(size -> got(DiscoveryAnswer.node(key, size), now.revision()))
        .orElseGet(() -> DiscoveryAnswer.notFound(key, now.revision()));
  }

  private DiscoveryAnswer list(String token) throws Failure, IOException {
    DiscoveryRegistry.Snapshot now = registry().read(token);
    if (now.size().isEmpty()) {
      return DiscoveryAnswer.notFound(key(token), now.revision());
    }
    List<JsonObject> children =
        now.members().stream()
            .map(member -> DiscoveryAnswer.node(key(token) + "/" + id(token, member), member))
            .toList();
    return got(DiscoveryAnswer.directory(key(token), children, now.size().get()), now.revision());
  }

  private DiscoveryAnswer member(String token, String id) throws Failure, IOException {
    DiscoveryRegistry.Snapshot now = registry().read(token);
    String key = key(token) + "/" + id;
    return now.members().stream()
        .filter(member -> id(token, member).equals(id))
        .findFirst()
        .map(member -> got(DiscoveryAnswer.node(key, member), now.revision()))
        .orElseGet(() -> DiscoveryAnswer.notFound(key, now.revision()));
  }

  private static DiscoveryAnswer got(JsonObject node, long index) {
    return DiscoveryAnswer.event(200, "get", node, Optional.empty(), index);
  }

  private DiscoveryAnswer register(String token, String id, DiscoveryRequest request)
      throws Failure, IOException {
    String value = request.parameter("value");
    if (value.indexOf('=') < 1 || value.length() > MAX_VALUE_LENGTH) {
      return DiscoveryAnswer.badForm("expected value=name=peerURL of a member");
    }
    boolean onlyNew = request.parameter("prevExist").equals("false");
    String key = key(token) + "/" + id;
    return switch (registry().register(token, id, value, onlyNew)) {
      case DiscoveryRegistry.Registration.Done(long revision, Optional<KeyValue> previous) -> {
        long created = previous.map(KeyValue::getCreateRevision).orElse(revision);
        yield DiscoveryAnswer.event(
            previous.isPresent() ? 200 : 201,
            onlyNew ? "create" : "set",
            DiscoveryAnswer.node(key, value, revision, created),
            previous.map(before -> DiscoveryAnswer.node(key, before)),
            revision);
      }
      case DiscoveryRegistry.Registration.Exists(long revision) ->
          DiscoveryAnswer.exists(key, revision);
      case DiscoveryRegistry.Registration.NoToken(long revision) ->
          DiscoveryAnswer.notFound(key(token), revision);
      case DiscoveryRegistry.Registration.Full(long revision) ->
          DiscoveryAnswer.tooMany(key, revision);
    };
  }

  private DiscoveryAnswer remove(String token, String id) throws Failure, IOException {
    DiscoveryRegistry.Removal removal = registry().remove(token, id);
    String key = key(token) + "/" + id;
    return removal
        .previous()
        .map(before ->
            DiscoveryAnswer.event(
                200,
                "delete",
                DiscoveryAnswer.gone(key, before, removal.revision()),
                Optional.of(DiscoveryAnswer.node(key, before)),
                removal.revision()))
        .orElseGet(() -> DiscoveryAnswer.notFound(key, removal.revision()));
  }

  private static boolean isWait(DiscoveryRequest request) {
    return request.parameter("wait").equals("true");
  }

  /// The first registration at or behind an index, now or when it comes.
  ///
  /// @param id of the only one that counts; empty: all do
  private DiscoveryAnswer awaited(String token, String id, DiscoveryRequest request)
      throws Failure, IOException, InterruptedException {
    if (!waiting.tryAcquire()) {
      return DiscoveryAnswer.message(503, "too many are waiting: try again");
    }
    try (DiscoveryChanges.Waiter waiter = changes.waiter(token)) {
      long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
      DiscoveryRegistry.Snapshot now = registry().read(token);
      long from = waitIndex(request, now.revision() + 1);
      while (true) {
        if (now.size().isEmpty()) {
          return DiscoveryAnswer.notFound(key(token), now.revision());
        }
        Optional<DiscoveryAnswer> news = firstSince(now, token, id, from);
        if (news.isPresent()) {
          return news.get();
        }
        if (!waiter.await(deadline - System.nanoTime())) {
          return DiscoveryAnswer.nothing(now.revision());
        }
        now = registry().read(token);
      }
    } finally {
      waiting.release();
    }
  }

  private static long waitIndex(DiscoveryRequest request, long otherwise) {
    try {
      return Long.parseLong(request.parameter("waitIndex"));
    } catch (NumberFormatException none) {
      return otherwise;
    }
  }

  private static Optional<DiscoveryAnswer> firstSince(
      DiscoveryRegistry.Snapshot now, String token, String id, long from) {
    return now.members().stream()
        .filter(member -> id.isEmpty() || id(token, member).equals(id))
        .filter(member -> member.getModRevision() >= from)
        .min((left, right) -> Long.compare(left.getModRevision(), right.getModRevision()))
        .map(member ->
            DiscoveryAnswer.event(
                200,
                member.getVersion() == 1 ? "create" : "set",
                DiscoveryAnswer.node(key(token) + "/" + id(token, member), member),
                Optional.empty(),
                now.revision()));
  }

  private static DiscoveryAnswer notAllowed() {
    return DiscoveryAnswer.message(405, "Method Not Allowed");
  }

  private DiscoveryRegistry registry() {
    return new DiscoveryRegistry(client.sharing());
  }

  private static String key(String token) {
    return DiscoveryRegistry.PREFIX + token;
  }

  private static String id(String token, KeyValue member) {
    return member
        .getKey()
        .toStringUtf8()
        .substring(DiscoveryRegistry.membersPrefix(token).length());
  }
}
