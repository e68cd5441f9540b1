package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.store.Key;
import io.kvorum.localkube.store.ObjectStore;
import io.kvorum.localkube.store.Stored;
import io.kvorum.localkube.store.Watch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// The Kubernetes API without its wire: what requests from outside and controllers inside both use.
public final class Api {

  private final ObjectStore store;
  private final Catalogue catalogue = new Catalogue();
  private final Rules rules;
  private final Writes writes;
  private final Deletion deletion;

  /// @param serviceAddresses gives a Service its address, from namespace and name
  public Api(ObjectStore store, BinaryOperator<String> serviceAddresses) {
    this.store = store;
    this.rules = new Rules(store, catalogue, serviceAddresses);
    this.writes = new Writes(store, rules);
    this.deletion = new Deletion(store, rules);
  }

  public Catalogue catalogue() {
    return catalogue;
  }

  public ResourceType type(String qualified) {
    return catalogue.builtin(qualified);
  }

  // ---- read ----

  public ObjectNode get(Target target) {
    return find(target).orElseThrow(() -> ApiException.notFound(target.type(), target.name()));
  }

  public Optional<ObjectNode> find(Target target) {
    return store.get(target.key()).map(found -> Conversion.show(found.object(), target.type()));
  }

  /// All objects of a type in a namespace, or ("") in all; for controllers.
  public List<ObjectNode> all(ResourceType type, String namespace) {
    return store.list(type.storage(), namespace).items().stream().map(Stored::object).toList();
  }

  /// A list as a client asks for it.
  ///
  /// @param limit at most so many, or 0 for all
  /// @param token continues an earlier list, or ""
  /// @param exact the version it must be as of, or 0 for the present
  public Page list(
      ResourceType type, String namespace, Selector selector, int limit, String token, long exact) {
    Continuation from = Continuation.parse(token);
    long version = from.version() != 0 ? from.version() : exact;
    ObjectStore.Listing listing =
        version == 0
            ? store.list(type.storage(), namespace)
            : store
                .listAt(type.storage(), namespace, version)
                .orElseThrow(() ->
                    ApiException.expired(
                        "The provided continue parameter or version is too old to display a"
                            + " consistent list result."));
    List<Stored> rest =
        listing.items().stream()
            .filter(each -> from.isBefore(each.key()))
            .filter(each -> selector.selects(Conversion.show(each.object(), type)))
            .toList();
    boolean cut = limit > 0 && rest.size() > limit;
    List<Stored> page = cut ? rest.subList(0, limit) : rest;
    String next = cut ? Continuation.behind(page.getLast().key(), listing.version()) : "";
    return new Page(
        listing.version(),
        page.stream().map(each -> Conversion.show(each.object(), type)).toList(),
        next,
        rest.size() - page.size());
  }

  /// Where a list goes on.
  private record Continuation(long version, String namespace, String name) {

    static Continuation parse(String token) {
      if (token.isEmpty()) {
        return new Continuation(0, "", "");
      }
      try {
        JsonNode parsed = Json.parse(Base64.getUrlDecoder().decode(token));
        return new Continuation(
            Json.number(parsed, 0, "v"), Json.text(parsed, "ns"), Json.text(parsed, "n"));
      } catch (IOException | IllegalArgumentException e) {
        throw ApiException.badRequest("continue key is not valid: " + e.getMessage());
      }
    }

    static String behind(Key key, long version) {
      ObjectNode token = Json.object();
      token.put("v", version);
      token.put("ns", key.namespace());
      token.put("n", key.name());
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(token.toString().getBytes(StandardCharsets.UTF_8));
    }

    boolean isBefore(Key key) {
      int order = namespace.compareTo(key.namespace());
      return order < 0 || (order == 0 && name.compareTo(key.name()) < 0);
    }
  }

  /// A watch from a version on; version 0 first tells what is present.
  public ObjectWatch watch(ResourceType type, String namespace, Selector selector, long after) {
    Predicate<Key> filter =
        key ->
            key.resource().equals(type.storage())
                && (namespace.isEmpty() || key.namespace().equals(namespace));
    long from = after;
    List<Stored> present = List.of();
    if (after == 0) {
      ObjectStore.Listing listing = store.list(type.storage(), namespace);
      present =
          listing.items().stream()
              .filter(each -> selector.selects(Conversion.show(each.object(), type)))
              .toList();
      from = Math.max(1, listing.version());
    }
    Watch watch =
        store
            .watch(filter, from)
            .orElseThrow(() -> ApiException.expired("too old resource version: " + after));
    return new ObjectWatch(watch, type, selector, present, from);
  }

  /// All changes from now on, for controllers.
  public Watch changes(Predicate<Key> filter) {
    return store.watch(filter, 0).orElseThrow();
  }

  public long version() {
    return store.version();
  }

  // ---- write ----

  public ObjectNode create(
      ResourceType type, String namespace, ObjectNode body, WriteOptions options) {
    return Conversion.show(writes.create(type, namespace, body, options), type);
  }

  public ObjectNode update(Target target, ObjectNode body, WriteOptions options) {
    return Conversion.show(writes.update(target, body, options), target.type());
  }

  public ObjectNode patch(Target target, Patch patch, WriteOptions options) {
    return Conversion.show(writes.patch(target, patch, options), target.type());
  }

  /// Changes an object by a function of its present state; for controllers.
  public ObjectNode modify(Target target, UnaryOperator<ObjectNode> change, WriteOptions options) {
    return writes.modify(target, change, options);
  }

  /// As `modify`, with the status, and free of the rules that bind clients.
  public ObjectNode rewrite(Target target, UnaryOperator<ObjectNode> change, WriteOptions options) {
    var whole = new Target(target.type(), target.namespace(), target.name(), Target.WHOLE);
    return writes.modify(whole, change, options);
  }

  public ObjectNode scale(Target target) {
    return Scales.of(get(target), target.type());
  }

  /// Sets the replicas that a Scale object asks for.
  public ObjectNode updateScale(Target target, ObjectNode scale, WriteOptions options) {
    String version = Json.text(scale, "metadata", "resourceVersion");
    ObjectNode changed =
        writes.modify(
            target,
            object -> {
              if (!version.isEmpty()
                  && !version.equals(Json.text(object, "metadata", "resourceVersion"))) {
                throw ApiException.conflict(
                    target.type(), target.name(), "the object has been modified");
              }
              Scales.set(object, scale, target.type());
              return object;
            },
            options);
    return Scales.of(changed, target.type());
  }

  /// Deletes an object, or asks for its end; answers with the object, or a Status when it is gone.
  public ObjectNode delete(Target target, DeleteOptions options) {
    Deletion.Result result = deletion.delete(target, options);
    ResourceType type = target.type();
    if (!result.gone() || type.qualified().equals("pods")) {
      return Conversion.show(result.object(), type);
    }
    ObjectNode details = ApiException.details(type, target.name());
    details.put("uid", Json.text(result.object(), "metadata", "uid"));
    ObjectNode status = ApiException.status(200, "Success", "", "", details);
    status.remove("code");
    return status;
  }
}
