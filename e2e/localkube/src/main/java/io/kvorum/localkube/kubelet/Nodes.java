package io.kvorum.localkube.kubelet;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;

/// The nodes of the embedded cluster: names under which Pods run on this one machine, so that
/// spreading and the loss of a node can be tried.
public final class Nodes {

  /// A node that carries this annotation with the value `true` is lost: its processes die, its Pods
  /// are not reported on any more, and it is not ready.
  public static final String LOST = "localkube.kvorum.io/lost";

  private Nodes() {}

  static ObjectNode fresh(String name) {
    ObjectNode node = Json.object();
    node.put("apiVersion", "v1").put("kind", "Node");
    ObjectNode metadata = node.putObject("metadata").put("name", name);
    metadata
        .putObject("labels")
        .put("kubernetes.io/hostname", name)
        .put("kubernetes.io/os", "linux");
    node.putObject("spec");
    return withStatus(node);
  }

  static boolean isLost(ObjectNode node) {
    return Json.text(node, "metadata", "annotations", LOST).equals("true");
  }

  static boolean isReady(ObjectNode node) {
    return PodStatus.isReady(node);
  }

  /// A copy with the status that fits its annotation.
  static ObjectNode withStatus(ObjectNode node) {
    ObjectNode next = node.deepCopy();
    ObjectNode status = Json.with(next, "status");
    PodStatus.condition(status, "Ready", !isLost(node), "NodeStatusUnknown");
    if (!status.has("nodeInfo")) {
      Json.with(status, "nodeInfo")
          .put("kubeletVersion", "v1.32.0-localkube")
          .put("osImage", System.getProperty("os.name"))
          .put("operatingSystem", "linux")
          .put("architecture", System.getProperty("os.arch"))
          .put("kernelVersion", System.getProperty("os.version"))
          .put("containerRuntimeVersion", "process://1");
      ObjectNode address = status.putArray("addresses").addObject();
      address.put("type", "InternalIP").put("address", "127.0.0.1");
      Json.with(status, "capacity")
          .put("cpu", Integer.toString(Runtime.getRuntime().availableProcessors()))
          .put("pods", "110");
      Json.with(status, "allocatable").put("pods", "110");
    }
    return next;
  }
}
