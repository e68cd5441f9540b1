package io.kvorum.localkube.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.Api;
import io.kvorum.localkube.api.ApiException;
import io.kvorum.localkube.api.DeleteOptions;
import io.kvorum.localkube.api.ResourceType;
import io.kvorum.localkube.api.Target;
import io.kvorum.localkube.api.WriteOptions;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.kubelet.Cluster;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32C;

/// The API as the kubelet sees it.
public final class ApiCluster implements Cluster {

  private static final WriteOptions OPTIONS = WriteOptions.of("kubelet");
  private static final String COMPONENT = "kubelet";

  private final Api api;
  private final BinaryOperator<String> credentials;

  /// @param credentials the kubeconfig of a service account, from namespace and name
  public ApiCluster(Api api, BinaryOperator<String> credentials) {
    this.api = api;
    this.credentials = credentials;
  }

  @Override
  public List<ObjectNode> list(String resource) {
    return api.all(api.type(resource), "");
  }

  @Override
  public Optional<ObjectNode> get(String resource, String namespace, String name) {
    return api.find(new Target(api.type(resource), namespace, name, ""));
  }

  @Override
  public void create(String resource, ObjectNode object) {
    ResourceType type = api.type(resource);
    object.put("apiVersion", type.apiVersion()).put("kind", type.kind());
    String namespace = Json.text(object, "metadata", "namespace");
    String name = Json.text(object, "metadata", "name");
    JsonNode status = object.get("status");
    try {
      api.create(type, namespace, object.deepCopy(), OPTIONS);
    } catch (ApiException e) {
      if (e.reason().equals("AlreadyExists")) {
        return;
      }
      throw e;
    }
    if (status != null) {
      update(
          resource,
          namespace,
          name,
          now -> {
            now.set("status", status);
            return now;
          });
    }
  }

  @Override
  public Optional<ObjectNode> update(
      String resource, String namespace, String name, UnaryOperator<ObjectNode> change) {
    try {
      return Optional.of(
          api.rewrite(new Target(api.type(resource), namespace, name, ""), change, OPTIONS));
    } catch (ApiException e) {
      if (e.code() == 404) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public void remove(String resource, String namespace, String name, String uid) {
    try {
      api.delete(new Target(api.type(resource), namespace, name, ""), DeleteOptions.now(uid));
    } catch (ApiException e) {
      if (e.code() != 404 && e.code() != 409) {
        throw e;
      }
    }
  }

  /// Events of the same thing are one event with a count.
  @Override
  public void event(ObjectNode about, String type, String reason, String message) {
    String namespace = Objects.namespace(about).isEmpty() ? "default" : Objects.namespace(about);
    String name = Objects.name(about) + "." + hash(Objects.uid(about) + type + reason + message);
    var target = new Target(api.type("events"), namespace, name, "");
    try {
      if (api.find(target).isPresent()) {
        api.rewrite(target, ApiCluster::again, OPTIONS);
      } else {
        api.create(target.type(), namespace, event(about, name, type, reason, message), OPTIONS);
      }
    } catch (ApiException e) {
      // An event is a courtesy: its namespace may be gone, or somebody recorded the same.
    }
  }

  private static String hash(String text) {
    var crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }

  private static ObjectNode again(ObjectNode event) {
    event.put("count", Json.number(event, 1, "count") + 1);
    event.put("lastTimestamp", Objects.now());
    return event;
  }

  private static ObjectNode event(
      ObjectNode about, String name, String type, String reason, String message) {
    ObjectNode event = Json.object();
    event.put("apiVersion", "v1").put("kind", "Event");
    event.putObject("metadata").put("name", name);
    ObjectNode object = event.putObject("involvedObject");
    object.put("apiVersion", Json.text(about, "apiVersion"));
    object.put("kind", Json.text(about, "kind"));
    object.put("name", Objects.name(about));
    if (!Objects.namespace(about).isEmpty()) {
      object.put("namespace", Objects.namespace(about));
    }
    object.put("uid", Objects.uid(about));
    object.put("resourceVersion", Json.text(about, "metadata", "resourceVersion"));
    event.put("type", type).put("reason", reason).put("message", message);
    event.putObject("source").put("component", COMPONENT);
    event.put("reportingComponent", COMPONENT);
    event.put("firstTimestamp", Objects.now()).put("lastTimestamp", Objects.now());
    event.put("count", 1);
    return event;
  }

  @Override
  public Path credentials(String namespace, String serviceAccount) {
    return Path.of(credentials.apply(namespace, serviceAccount));
  }

  @Override
  public AutoCloseable watch(List<String> resources, Runnable changed) {
    return new Loop(
        "kubelet",
        api,
        key -> resources.contains(key.resource()),
        () -> {
          changed.run();
          return Controller.NO_HURRY;
        });
  }
}
