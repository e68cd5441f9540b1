package io.kvorum.localkube.fault;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.kubelet.Nodes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Hurts a local Kubernetes the way machines do. It runs in any process on the same machine.
public final class Faults implements AutoCloseable {

  private static final long SIGNAL_SECONDS = 10;

  private final KubeClient client;

  public Faults(Path kubeconfig) throws IOException {
    this.client = new KubeClient(kubeconfig);
  }

  /// Ends the processes of a Pod as `kill -9` does; returns their numbers.
  public List<Long> kill(String namespace, String pod) throws IOException, InterruptedException {
    return signal("KILL", processes(namespace, pod));
  }

  /// Stops the processes of a Pod in mid-air: they keep their sockets, and answer nothing.
  public List<Long> pause(String namespace, String pod) throws IOException, InterruptedException {
    return signal("STOP", processes(namespace, pod));
  }

  public List<Long> resume(String namespace, String pod) throws IOException, InterruptedException {
    return signal("CONT", processes(namespace, pod));
  }

  /// A node stops answering: its processes die, its Pods are not ready, nothing new starts there.
  public void loseNode(String node) throws IOException, InterruptedException {
    mark(node, "true");
  }

  /// The node comes back with its volumes; its Pods start again.
  public void returnNode(String node) throws IOException, InterruptedException {
    mark(node, "false");
  }

  private void mark(String node, String lost) throws IOException, InterruptedException {
    ObjectNode patch = Json.object();
    Json.with(patch, "metadata", "annotations").put(Nodes.LOST, lost);
    client.mergePatch("/api/v1/nodes/" + node, patch);
  }

  /// The volume of a claim is gone for good, with all in it: its folder and its PersistentVolume
  /// vanish, the claim becomes Lost, and processes that used it are killed.
  public void loseVolume(String namespace, String claim) throws IOException, InterruptedException {
    String path = "/api/v1/namespaces/" + namespace + "/persistentvolumeclaims/" + claim;
    ObjectNode found =
        client
            .get(path)
            .orElseThrow(() -> new IOException("no claim " + claim + " in " + namespace));
    String volume = Json.text(found, "spec", "volumeName");
    if (volume.isEmpty()) {
      throw new IOException("claim " + claim + " has no volume yet");
    }
    String volumePath = "/api/v1/persistentvolumes/" + volume;
    Optional<ObjectNode> object = client.get(volumePath);
    if (object.isEmpty()) {
      throw new IOException("the volume of claim " + claim + " is lost already");
    }
    ObjectNode unprotect = Json.object();
    unprotect.putObject("metadata").putNull("finalizers");
    client.mergePatch(volumePath, unprotect);
    client.delete(volumePath);
    var pids = new ArrayList<Long>();
    for (String pod : users(namespace, claim)) {
      pids.addAll(processes(namespace, pod));
    }
    signal("KILL", pids);
    remove(Path.of(Json.text(object.get(), "spec", "local", "path")));
  }

  private List<String> users(String namespace, String claim)
      throws IOException, InterruptedException {
    ObjectNode pods = client.get("/api/v1/namespaces/" + namespace + "/pods").orElse(Json.object());
    return Json.items(pods, "items").stream()
        .filter(pod ->
            Json.items(pod, "spec", "volumes").stream()
                .anyMatch(
                    each -> Json.text(each, "persistentVolumeClaim", "claimName").equals(claim)))
        .map(pod -> Json.text(pod, "metadata", "name"))
        .toList();
  }

  private List<Long> processes(String namespace, String pod)
      throws IOException, InterruptedException {
    ObjectNode found =
        client
            .get("/api/v1/namespaces/" + namespace + "/pods/" + pod)
            .orElseThrow(() -> new IOException("no Pod " + pod + " in " + namespace));
    var pids = new ArrayList<Long>();
    for (JsonNode container : Json.items(found, "status", "containerStatuses")) {
      String id = Json.text(container, "containerID");
      if (Json.has(container, "state", "running") && id.startsWith("process://")) {
        pids.add(Long.valueOf(id.substring("process://".length())));
      }
    }
    if (pids.isEmpty()) {
      throw new IOException("no process of Pod " + pod + " runs");
    }
    return pids;
  }

  /// Sends a signal to processes and all that they started: each is the leader of its own group.
  private static List<Long> signal(String name, List<Long> pids)
      throws IOException, InterruptedException {
    for (long pid : pids) {
      Process kill =
          new ProcessBuilder("sh", "-c", "kill -" + name + " -" + pid)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!kill.waitFor(SIGNAL_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("cannot send " + name + " to process " + pid);
      }
    }
    return pids;
  }

  /// Removes a folder although a dying process may still write into it.
  private static void remove(Path folder) throws IOException {
    for (int attempt = 0; Files.exists(folder); attempt++) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      } catch (NoSuchFileException e) {
        if (attempt > 10) {
          throw e;
        }
      }
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
