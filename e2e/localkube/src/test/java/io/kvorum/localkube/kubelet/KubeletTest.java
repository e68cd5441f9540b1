package io.kvorum.localkube.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.testkit.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pods as real processes, from their start to their end.
final class KubeletTest {

  private static final Duration BOUND = Duration.ofSeconds(60);

  private final Path folder;
  private final MemoryCluster cluster = new MemoryCluster();
  private final Addresses addresses;
  private Kubelet kubelet;

  KubeletTest(@TempDir Path folder) {
    this.folder = folder;
    this.addresses = new Addresses(folder.resolve("addresses"), new SplittableRandom());
    this.kubelet = startKubelet();
  }

  private Kubelet startKubelet() {
    return new Kubelet(
        cluster,
        new ImageCatalogue(Path.of("kvorum")),
        addresses,
        folder,
        List.of("node-1", "node-2"));
  }

  @AfterEach
  void stop() {
    kubelet.close();
    cluster.close();
    addresses.close();
  }

  private static ObjectNode pod(String name, String yamlLikeSpec) {
    ObjectNode pod = (ObjectNode) Json.parse(yamlLikeSpec.replace('\'', '"'));
    ObjectNode object = Json.object();
    object.putObject("metadata").put("name", name).put("namespace", "default");
    object.set("spec", pod);
    return object;
  }

  private ObjectNode get(String resource, String name) {
    return cluster.get(resource, "default", name).orElseThrow();
  }

  private JsonNode container(String pod) {
    return get("pods", pod).path("status").path("containerStatuses").path(0);
  }

  private void await(String what, Callable<Boolean> condition) {
    Await.until(what, BOUND, condition);
  }

  private String log(String pod, int restart) throws Exception {
    String uid = Json.text(get("pods", pod), "metadata", "uid");
    return Files.readString(folder.resolve(Kubelet.logFile("default", pod, uid, "main", restart)));
  }

  @Test
  void pod_getsAddressVariablesAndVolumes() throws Exception {
    ObjectNode settings = Json.object();
    settings.putObject("metadata").put("name", "settings").put("namespace", "default");
    settings.putObject("data").put("greeting", "hello");
    cluster.create("configmaps", settings);
    cluster.create(
        "pods",
        pod(
            "one",
            """
            {'restartPolicy': 'Never',
             'containers': [{'name': 'main', 'image': 'busybox',
               'command': ['sh', '-c', 'echo $*; cat /config/greeting', 'sh'],
               'args': ['$(GREETING)', '$(NAME)', '$$(GREETING)', '0.0.0.0', '/config/greeting'],
               'env': [
                 {'name': 'GREETING', 'valueFrom': {'configMapKeyRef': {'name': 'settings', 'key': 'greeting'}}},
                 {'name': 'NAME', 'valueFrom': {'fieldRef': {'fieldPath': 'metadata.name'}}}],
               'volumeMounts': [{'name': 'config', 'mountPath': '/config'}]}],
             'volumes': [{'name': 'config', 'configMap': {'name': 'settings'}}]}
            """));
    await("it has succeeded", () -> phase("one").equals("Succeeded"));
    String address = Json.text(get("pods", "one"), "status", "podIP");
    assertThat(address).startsWith("127.");
    assertThat(log("one", 0))
        .startsWith("hello one $(GREETING) " + address + " " + folder)
        .endsWith("/config/greeting\nhello");
  }

  private String phase(String pod) {
    return Json.text(get("pods", pod), "status", "phase");
  }

  @Test
  void endedContainer_isRestartedWithPauses() {
    cluster.create(
        "pods",
        pod(
            "crash",
            """
            {'containers': [{'name': 'main', 'image': 'busybox', 'command': ['sh', '-c', 'exit 3']}]}
            """));
    await("it backs off", () -> waitingReason("crash").equals("CrashLoopBackOff"));
    assertThat(Json.number(container("crash"), 0, "restartCount")).isPositive();
    assertThat(Json.number(container("crash"), 0, "lastState", "terminated", "exitCode"))
        .isEqualTo(3);
  }

  private String waitingReason(String pod) {
    return Json.text(container(pod), "state", "waiting", "reason");
  }

  @Test
  void unknownImage_isSaid() {
    cluster.create("pods", pod("odd", "{'containers': [{'name': 'main', 'image': 'nginx:1'}]}"));
    await("it says so", () -> waitingReason("odd").equals("ImagePullBackOff"));
    assertThat(cluster.events()).anyMatch(event -> event.contains("no image nginx:1"));
  }

  @Test
  void claim_outlivesItsPod_andGoesWithItsDeletion() throws Exception {
    ObjectNode claim = Json.object();
    claim.putObject("metadata").put("name", "data").put("namespace", "default");
    claim.putObject("spec").putObject("resources").putObject("requests").put("storage", "1Gi");
    cluster.create("persistentvolumeclaims", claim);
    String spec =
        """
        {'containers': [{'name': 'main', 'image': 'busybox',
           'command': ['sh', '-c', 'echo x >> /data/count; wc -l < /data/count; exec tail -f /dev/null'],
           'volumeMounts': [{'name': 'data', 'mountPath': '/data'}, {'name': 'tmp', 'mountPath': '/tmp'}]}],
         'volumes': [{'name': 'data', 'persistentVolumeClaim': {'claimName': 'data'}}, {'name': 'tmp', 'emptyDir': {}}]}
        """;
    cluster.create("pods", pod("keeper", spec));
    await("it has written its file", () -> log("keeper", 0).trim().equals("1"));
    String node = Json.text(get("pods", "keeper"), "spec", "nodeName");
    cluster.delete("pods", "default", "keeper");
    await("it is gone", () -> cluster.get("pods", "default", "keeper").isEmpty());
    cluster.create("pods", pod("keeper", spec));
    await("it found its file", () -> log("keeper", 0).trim().equals("2"));
    assertThat(Json.text(get("pods", "keeper"), "spec", "nodeName")).isEqualTo(node);

    cluster.delete("persistentvolumeclaims", "default", "data");
    cluster.delete("pods", "default", "keeper");
    await("claim and volume are gone", () -> cluster.list("persistentvolumes").isEmpty());
    try (var left = Files.list(folder.resolve("volumes"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void etcd_isProbedReadyAndFoundByName() {
    ObjectNode service = Json.object();
    service.putObject("metadata").put("name", "peers").put("namespace", "default");
    service
        .putObject("spec")
        .put("publishNotReadyAddresses", true)
        .putObject("selector")
        .put("app", "x");
    cluster.create("services", service);
    ObjectNode pod =
        pod(
            "e-1",
            """
            {'hostname': 'e-1', 'subdomain': 'peers',
             'containers': [{'name': 'main', 'image': 'quay.io/coreos/etcd:v3.4.23',
               'args': ['--name=e-1', '--data-dir=/data',
                 '--listen-peer-urls=http://0.0.0.0:2380', '--listen-client-urls=http://0.0.0.0:2379',
                 '--advertise-client-urls=http://e-1.peers.default.svc:2379',
                 '--initial-advertise-peer-urls=http://e-1.peers.default.svc:2380',
                 '--initial-cluster=e-1=http://e-1.peers.default.svc:2380'],
               'ports': [{'name': 'client', 'containerPort': 2379}],
               'readinessProbe': {'httpGet': {'path': '/health', 'port': 'client'}, 'periodSeconds': 1},
               'volumeMounts': [{'name': 'data', 'mountPath': '/data'}]}],
             'volumes': [{'name': 'data', 'emptyDir': {}}]}
            """);
    pod.withObject("/metadata/labels").put("app", "x");
    cluster.create("pods", pod);
    await("it is ready", () -> PodStatus.isReady(get("pods", "e-1")));
  }

  @Test
  void lostNode_losesItsProcesses_untilItIsBack() {
    cluster.create(
        "pods",
        pod(
            "victim",
            """
            {'containers': [{'name': 'main', 'image': 'busybox', 'command': ['tail', '-f', '/dev/null']}]}
            """));
    await("it is ready", () -> PodStatus.isReady(get("pods", "victim")));
    long pid = pid("victim");
    String node = Json.text(get("pods", "victim"), "spec", "nodeName");
    setLost(node, "true");
    await("its process is gone", () -> Processes.startTime(pid).equals("gone"));
    await("it is not ready", () -> !PodStatus.isReady(get("pods", "victim")));
    setLost(node, "false");
    await("it runs again", () -> PodStatus.isReady(get("pods", "victim")));
  }

  private void setLost(String node, String value) {
    cluster.update(
        "nodes",
        "",
        node,
        object -> {
          Json.with(object, "metadata", "annotations").put(Nodes.LOST, value);
          return object;
        });
  }

  private long pid(String pod) {
    String id = Json.text(container(pod), "containerID");
    return Long.parseLong(id.substring(id.lastIndexOf('/') + 1));
  }

  @Test
  void restartOfTheKubelet_startsThePodsAnew_andLeavesNoOrphan() {
    cluster.create(
        "pods",
        pod(
            "stays",
            """
            {'containers': [{'name': 'main', 'image': 'busybox', 'command': ['tail', '-f', '/dev/null']}]}
            """));
    await("it is ready", () -> PodStatus.isReady(get("pods", "stays")));
    long pid = pid("stays");
    kubelet.close();
    assertThat(Processes.startTime(pid)).isEqualTo("gone");
    kubelet = startKubelet();
    await("it runs again", () -> PodStatus.isReady(get("pods", "stays")) && pid("stays") != pid);
    assertThat(Json.number(container("stays"), 0, "restartCount")).isEqualTo(1);
  }
}
