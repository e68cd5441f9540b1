package io.kvorum.operator.observe;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.kvorum.operator.plan.PodState;
import io.kvorum.operator.plan.PodState.Life;
import io.kvorum.operator.plan.PodState.NodeState;
import io.kvorum.operator.plan.PodState.Role;
import io.kvorum.operator.plan.PodState.Trouble;
import io.kvorum.operator.pods.Labels;
import io.kvorum.operator.pods.PodTemplate;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads a Pod as the planner sees it.
final class Pods {

  private static final Set<String> IMAGE_TROUBLES =
      Set.of("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull");
  private static final Set<String> CONFIGURATION_TROUBLES =
      Set.of("CreateContainerConfigError", "CreateContainerError", "RunContainerError");

  private Pods() {}

  static PodState.Present state(Pod pod, Optional<Node> node) {
    boolean ready = isReady(pod);
    return new PodState.Present(
        pod.getMetadata().getUid(),
        pod.getMetadata().getDeletionTimestamp() != null,
        life(pod),
        ready,
        annotation(pod, Labels.TEMPLATE),
        Role.VOTER.text().equals(label(pod, Labels.ROLE)) ? Role.VOTER : Role.LEARNER,
        nodeState(pod, node),
        trouble(pod),
        ready ? 0 : container(pod).map(ContainerStatus::getRestartCount).orElse(0),
        exitCode(pod),
        initialPeerUrls(pod));
  }

  private static Set<String> initialPeerUrls(Pod pod) {
    return pod.getSpec() == null
        ? Set.of()
        : pod.getSpec().getContainers().stream()
            .flatMap(container -> container.getArgs().stream())
            .filter(argument -> argument.startsWith(PodTemplate.INITIAL_CLUSTER))
            .map(argument -> argument.substring(PodTemplate.INITIAL_CLUSTER.length()))
            .flatMap(list -> Stream.of(list.split(",", -1)))
            .map(named -> named.substring(named.indexOf('=') + 1))
            .collect(Collectors.toSet());
  }

  static String annotation(HasMetadata object, String key) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    return annotations == null ? "" : annotations.getOrDefault(key, "");
  }

  static String label(HasMetadata object, String key) {
    Map<String, String> labels = object.getMetadata().getLabels();
    return labels == null ? "" : labels.getOrDefault(key, "");
  }

  private static Life life(Pod pod) {
    String phase = pod.getStatus() == null ? "" : pod.getStatus().getPhase();
    return switch (Objects.requireNonNullElse(phase, "")) {
      case "Running" -> Life.RUNNING;
      case "Succeeded", "Failed" -> Life.FINISHED;
      default -> Life.PENDING;
    };
  }

  static boolean isReady(Pod pod) {
    return hasCondition(pod, "Ready", "True", null);
  }

  private static boolean hasCondition(
      Pod pod, String type, String status, @Nullable String reason) {
    return pod.getStatus() != null
        && pod.getStatus().getConditions() != null
        && pod.getStatus().getConditions().stream()
            .anyMatch(c ->
                type.equals(c.getType())
                    && status.equals(c.getStatus())
                    && (reason == null || reason.equals(c.getReason())));
  }

  private static NodeState nodeState(Pod pod, Optional<Node> node) {
    String name = pod.getSpec() == null ? null : pod.getSpec().getNodeName();
    if (name == null || name.isEmpty()) {
      return NodeState.UNBOUND;
    }
    if (node.isEmpty()) {
      return NodeState.GONE;
    }
    boolean ready =
        node.get().getStatus() != null
            && node.get().getStatus().getConditions() != null
            && node.get().getStatus().getConditions().stream()
                .anyMatch(c -> "Ready".equals(c.getType()) && "True".equals(c.getStatus()));
    return ready ? NodeState.READY : NodeState.NOT_READY;
  }

  private static Trouble trouble(Pod pod) {
    if (pod.getStatus() != null && "Evicted".equals(pod.getStatus().getReason())) {
      return Trouble.EVICTED;
    }
    if (hasCondition(pod, "PodScheduled", "False", "Unschedulable")) {
      return Trouble.UNSCHEDULABLE;
    }
    Optional<ContainerStatus> container = container(pod);
    String waiting =
        container
            .map(ContainerStatus::getState)
            .map(ContainerState::getWaiting)
            .map(w -> w.getReason())
            .orElse("");
    if (IMAGE_TROUBLES.contains(waiting)) {
      return Trouble.IMAGE;
    }
    if (CONFIGURATION_TROUBLES.contains(waiting)) {
      return Trouble.CONFIGURATION;
    }
    return end(container).filter(e -> "OOMKilled".equals(e.getReason())).isPresent()
            && !isReady(pod)
        ? Trouble.OUT_OF_MEMORY
        : Trouble.NONE;
  }

  private static OptionalInt exitCode(Pod pod) {
    return end(container(pod))
        .map(ContainerStateTerminated::getExitCode)
        .map(OptionalInt::of)
        .orElse(OptionalInt.empty());
  }

  /// The latest end of the container: the one it is in, or the one before the current run.
  private static Optional<ContainerStateTerminated> end(Optional<ContainerStatus> container) {
    return container
        .map(ContainerStatus::getState)
        .map(ContainerState::getTerminated)
        .or(() -> container.map(ContainerStatus::getLastState).map(ContainerState::getTerminated));
  }

  private static Optional<ContainerStatus> container(Pod pod) {
    return pod.getStatus() == null || pod.getStatus().getContainerStatuses() == null
        ? Optional.empty()
        : pod.getStatus().getContainerStatuses().stream().findFirst();
  }

  /// The version a Pod runs: the tag of its image.
  static String version(Pod pod) {
    String image = pod.getSpec().getContainers().getFirst().getImage();
    int colon = image.lastIndexOf(':');
    return colon > image.lastIndexOf('/') ? image.substring(colon + 1) : image;
  }
}
