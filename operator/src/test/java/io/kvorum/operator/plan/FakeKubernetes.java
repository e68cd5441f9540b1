package io.kvorum.operator.plan;

import io.kvorum.operator.plan.Observed.BootstrapState;
import io.kvorum.operator.plan.PodState.NodeState;
import io.kvorum.operator.plan.PodState.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Pods, volumes, nodes and records, with the ways they move by themselves.
final class FakeKubernetes {

  static final Duration NODE_NOT_READY_AFTER = Duration.ofSeconds(40);
  static final Duration NODE_EVICTS_AFTER = Duration.ofSeconds(340);
  private static final int NODES = 5;

  /// A Pod; mutable, because it lives.
  static final class Pod {
    final String uid;
    final String template;
    final Step.StartsAs startsAs;
    final Scheme scheme;
    final Set<String> initialPeerUrls;
    Role role;
    boolean terminating;
    boolean finished;
    int node = -1;
    Instant next;
    boolean running;
    Instant runningSince;
    int restarts;
    OptionalInt exitCode = OptionalInt.empty();
    PodState.Trouble trouble = PodState.Trouble.NONE;

    Pod(String uid, String template, Step.CreatePod step, Instant now) {
      this.uid = uid;
      this.template = template;
      this.startsAs = step.startsAs();
      this.scheme = step.peerScheme();
      this.initialPeerUrls =
          step.initialCluster().stream()
              .map(Step.InitialMember::peerUrl)
              .collect(Collectors.toSet());
      this.role = step.role();
      this.next = now.plusSeconds(2);
      this.runningSince = now;
    }
  }

  /// A volume claim; `identity` is the member ID written on it, once one was.
  static final class Volume {
    final String uid;
    long bytes;
    boolean terminating;
    int node = -1;
    @Nullable String identity;

    Volume(String uid, long bytes) {
      this.uid = uid;
      this.bytes = bytes;
    }
  }

  /// A StoreMember.
  record Recorded(int serial, boolean seed, Instant createdAt, MemberRecord record) {}

  final TreeMap<String, Pod> pods = new TreeMap<>();
  final TreeMap<String, Volume> volumes = new TreeMap<>();
  final TreeMap<String, Recorded> records = new TreeMap<>();
  final Map<Integer, Instant> deadNodes = new HashMap<>();
  boolean peerService;
  boolean clientService;
  OptionalInt budget = OptionalInt.empty();
  BootstrapState bootstrapState = BootstrapState.ABSENT;
  Latches latches = Latches.NONE;
  long latchesVersion;
  private int uids;

  String newUid() {
    uids++;
    return "uid" + uids;
  }

  NodeState node(Pod pod, Instant now) {
    if (pod.node < 0) {
      return NodeState.UNBOUND;
    }
    Instant dead = deadNodes.get(pod.node);
    return dead != null && now.isAfter(dead.plus(NODE_NOT_READY_AFTER))
        ? NodeState.NOT_READY
        : NodeState.READY;
  }

  boolean nodeAlive(Pod pod) {
    return pod.node >= 0 && !deadNodes.containsKey(pod.node);
  }

  /// Scheduling, eviction from dead nodes, and the end of what is terminating.
  void tick(Instant now) {
    for (var named : pods.entrySet()) {
      schedule(named.getKey(), named.getValue());
      Instant dead = deadNodes.get(named.getValue().node);
      if (dead != null) {
        named.getValue().running = false;
        if (now.isAfter(dead.plus(NODE_EVICTS_AFTER))) {
          named.getValue().terminating = true;
        }
      }
    }
    pods.values().removeIf(p -> p.terminating && (p.node < 0 || !deadNodes.containsKey(p.node)));
    volumes.entrySet().removeIf(v -> v.getValue().terminating && !pods.containsKey(v.getKey()));
  }

  private void schedule(String name, Pod pod) {
    Volume volume = volumes.get(name);
    if (pod.node >= 0 || pod.terminating || volume == null) {
      return;
    }
    int node = volume.node >= 0 ? volume.node : emptiestNode();
    if (node < 0 || deadNodes.containsKey(node)) {
      pod.trouble = PodState.Trouble.UNSCHEDULABLE;
      return;
    }
    pod.trouble = PodState.Trouble.NONE;
    pod.node = node;
    volume.node = node;
  }

  private int emptiestNode() {
    int best = -1;
    long fewest = Long.MAX_VALUE;
    for (int node = 0; node < NODES; node++) {
      int candidate = node;
      long there = pods.values().stream().filter(p -> p.node == candidate).count();
      if (!deadNodes.containsKey(node) && there < fewest) {
        best = node;
        fewest = there;
      }
    }
    return best;
  }
}
