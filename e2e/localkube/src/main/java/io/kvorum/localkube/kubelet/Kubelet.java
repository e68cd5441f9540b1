package io.kvorum.localkube.kubelet;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// All nodes of the embedded cluster: schedules Pods, provides volumes, and runs a worker for each
/// Pod. Every change of what it watches leads to one look at everything, which is cheap at the size
/// of one machine and leaves nothing to be forgotten.
public final class Kubelet implements AutoCloseable {

  private static final Duration SHUTDOWN_BOUND = Duration.ofSeconds(40);
  private static final List<String> WATCHED =
      List.of("pods", "nodes", "services", "persistentvolumeclaims", "persistentvolumes");

  private final Cluster cluster;
  private final PodWorker.Site site;
  private final Provisioner provisioner;
  private final Processes processes;
  private final Map<String, PodWorker> workers = new HashMap<>();
  private final AutoCloseable watch;
  private boolean closed;

  /// Starts it; `nodes` are made if they are not there.
  public Kubelet(
      Cluster cluster,
      ImageCatalogue images,
      Addresses addresses,
      Path stateFolder,
      List<String> nodes) {
    this.cluster = cluster;
    this.processes = new Processes(stateFolder);
    processes.killOrphans();
    var volumes = new Volumes(stateFolder);
    this.site =
        new PodWorker.Site(
            cluster,
            images,
            addresses,
            new HostsFile(stateFolder.resolve("hosts"), addresses),
            volumes,
            processes,
            stateFolder);
    this.provisioner = new Provisioner(cluster, volumes);
    nodes.forEach(node -> cluster.create("nodes", Nodes.fresh(node)));
    this.watch = cluster.watch(WATCHED, this::look);
    look();
  }

  /// Where the output of a container's process stands, below the state folder.
  public static Path logFile(
      String namespace, String pod, String uid, String container, int restart) {
    return PodWorker.logFile(namespace, pod, uid, container, restart);
  }

  /// Where the output of all processes of a container stands, below the state folder.
  public static Path logFolder(String namespace, String pod, String uid, String container) {
    return PodWorker.logFolder(namespace, pod, uid, container);
  }

  private synchronized void look() {
    if (closed) {
      return;
    }
    List<ObjectNode> nodes = cluster.list("nodes");
    List<ObjectNode> pods = cluster.list("pods");
    List<ObjectNode> claims = cluster.list("persistentvolumeclaims");
    List<ObjectNode> volumes = cluster.list("persistentvolumes");
    nodes.forEach(this::report);
    site.hosts().update(pods, cluster.list("services"));
    for (ObjectNode pod : pods) {
      if (Json.text(pod, "spec", "nodeName").isEmpty()) {
        schedule(pod, nodes, claims, volumes);
      }
    }
    provisioner.reconcile(claims, volumes, pods);
    run(pods, nodes);
  }

  private void report(ObjectNode node) {
    cluster.update("nodes", "", Json.text(node, "metadata", "name"), Nodes::withStatus);
  }

  private void schedule(
      ObjectNode pod, List<ObjectNode> nodes, List<ObjectNode> claims, List<ObjectNode> volumes) {
    String namespace = Json.text(pod, "metadata", "namespace");
    String name = Json.text(pod, "metadata", "name");
    if (Json.has(pod, "metadata", "deletionTimestamp")) {
      cluster.remove("pods", namespace, name, Json.text(pod, "metadata", "uid"));
      return;
    }
    Set<String> wanted =
        Json.items(pod, "spec", "volumes").stream()
            .map(volume -> Json.text(volume, "persistentVolumeClaim", "claimName"))
            .collect(Collectors.toSet());
    List<ObjectNode> own =
        claims.stream()
            .filter(claim -> Json.text(claim, "metadata", "namespace").equals(namespace))
            .filter(claim -> wanted.contains(Json.text(claim, "metadata", "name")))
            .toList();
    var volumeNodes = new HashMap<String, String>();
    volumes.forEach(volume ->
        volumeNodes.put(Json.text(volume, "metadata", "name"), Provisioner.nodeOf(volume)));
    switch (Scheduler.choose(pod, nodes, cluster.list("pods"), own, volumeNodes)) {
      case Scheduler.Node(String node) -> assign(pod, node);
      case Scheduler.Unschedulable(String why) -> unschedulable(pod, why);
    }
  }

  private void assign(ObjectNode pod, String node) {
    String namespace = Json.text(pod, "metadata", "namespace");
    String name = Json.text(pod, "metadata", "name");
    cluster.update(
        "pods",
        namespace,
        name,
        next -> {
          Json.with(next, "spec").put("nodeName", node);
          return next;
        });
    cluster.event(
        pod,
        "Normal",
        "Scheduled",
        "Successfully assigned " + namespace + "/" + name + " to " + node);
  }

  private void unschedulable(ObjectNode pod, String why) {
    cluster.update(
        "pods",
        Json.text(pod, "metadata", "namespace"),
        Json.text(pod, "metadata", "name"),
        next -> {
          ObjectNode status = Json.with(next, "status");
          status.put("phase", "Pending");
          PodStatus.condition(status, "PodScheduled", false, "Unschedulable");
          Json.withArray(status, "conditions")
              .forEach(condition -> {
                if (Json.text(condition, "type").equals("PodScheduled")) {
                  ((ObjectNode) condition).put("message", why);
                }
              });
          return next;
        });
  }

  private void run(List<ObjectNode> pods, List<ObjectNode> nodes) {
    Set<String> lost =
        nodes.stream()
            .filter(Nodes::isLost)
            .map(node -> Json.text(node, "metadata", "name"))
            .collect(Collectors.toSet());
    var present = new HashSet<String>();
    for (ObjectNode pod : pods) {
      String node = Json.text(pod, "spec", "nodeName");
      String uid = Json.text(pod, "metadata", "uid");
      if (node.isEmpty()) {
        continue;
      }
      present.add(uid);
      PodWorker worker = workers.computeIfAbsent(uid, _ -> PodWorker.start(site, pod));
      worker.setLost(lost.contains(node));
      if (lost.contains(node)) {
        reportLost(pod);
      }
      worker.wake();
    }
    workers.forEach((uid, worker) -> {
      if (!present.contains(uid)) {
        worker.wake();
      }
    });
    workers.values().removeIf(PodWorker::isDone);
  }

  /// What a real cluster's node controller says of the Pods of a node that does not answer.
  private void reportLost(ObjectNode pod) {
    cluster.update(
        "pods",
        Json.text(pod, "metadata", "namespace"),
        Json.text(pod, "metadata", "name"),
        next -> {
          PodStatus.condition(Json.with(next, "status"), "Ready", false, "NodeLost");
          return next;
        });
  }

  /// Stops all Pods' processes, in order and all at once; the Pods themselves stay.
  @Override
  public void close() {
    try {
      watch.close();
    } catch (Exception e) {
      throw new IllegalStateException("cannot stop watching", e);
    }
    List<PodWorker> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(workers.values());
    }
    all.forEach(PodWorker::close);
    for (PodWorker worker : all) {
      try {
        worker.awaitEnd(SHUTDOWN_BOUND);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    processes.killOrphans();
    processes.close();
  }
}
