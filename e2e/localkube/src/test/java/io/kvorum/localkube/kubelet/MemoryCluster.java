package io.kvorum.localkube.kubelet;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;

/// An API in memory for the kubelet alone.
final class MemoryCluster implements Cluster, AutoCloseable {

  private final Map<String, ObjectNode> objects = new TreeMap<>();
  private final List<String> events = new ArrayList<>();
  private final List<Runnable> watchers = new ArrayList<>();
  private final ExecutorService notifier = Executors.newSingleThreadExecutor();

  private static String key(String resource, String namespace, String name) {
    return resource + "/" + namespace + "/" + name;
  }

  private void changed() {
    List<Runnable> all = List.copyOf(watchers);
    notifier.execute(() -> all.forEach(Runnable::run));
  }

  @Override
  public synchronized List<ObjectNode> list(String resource) {
    return objects.entrySet().stream()
        .filter(each -> each.getKey().startsWith(resource + "/"))
        .map(Map.Entry::getValue)
        .toList();
  }

  @Override
  public synchronized Optional<ObjectNode> get(String resource, String namespace, String name) {
    return Optional.ofNullable(objects.get(key(resource, namespace, name)));
  }

  @Override
  public synchronized void create(String resource, ObjectNode object) {
    ObjectNode metadata = Json.with(object, "metadata");
    String key = key(resource, Json.text(metadata, "namespace"), Json.text(metadata, "name"));
    if (!objects.containsKey(key)) {
      metadata.put("uid", UUID.randomUUID().toString());
      objects.put(key, object);
      changed();
    }
  }

  @Override
  public synchronized Optional<ObjectNode> update(
      String resource, String namespace, String name, UnaryOperator<ObjectNode> change) {
    String key = key(resource, namespace, name);
    ObjectNode before = objects.get(key);
    if (before == null) {
      return Optional.empty();
    }
    ObjectNode after = change.apply(before.deepCopy());
    if (!after.equals(before)) {
      objects.put(key, after);
      changed();
    }
    return Optional.of(after);
  }

  /// What a client's delete does: an object with finalizers, and every Pod, is only marked.
  synchronized void delete(String resource, String namespace, String name) {
    update(
        resource,
        namespace,
        name,
        object -> {
          Json.with(object, "metadata")
              .put("deletionTimestamp", Instant.now().toString())
              .put("deletionGracePeriodSeconds", 5);
          return object;
        });
  }

  @Override
  public synchronized void remove(String resource, String namespace, String name, String uid) {
    ObjectNode object = objects.get(key(resource, namespace, name));
    if (object != null && Json.text(object, "metadata", "uid").equals(uid)) {
      objects.remove(key(resource, namespace, name));
      changed();
    }
  }

  @Override
  public synchronized void event(ObjectNode about, String type, String reason, String message) {
    events.add(type + " " + reason + " " + message);
  }

  synchronized List<String> events() {
    return List.copyOf(events);
  }

  @Override
  public Path credentials(String namespace, String serviceAccount) {
    return Path.of("kubeconfig-" + namespace + "-" + serviceAccount);
  }

  @Override
  public synchronized AutoCloseable watch(List<String> resources, Runnable changed) {
    watchers.add(changed);
    return () -> {
      synchronized (this) {
        watchers.remove(changed);
      }
    };
  }

  @Override
  public void close() {
    notifier.shutdownNow();
  }
}
