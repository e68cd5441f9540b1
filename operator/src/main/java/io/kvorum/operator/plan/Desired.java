package io.kvorum.operator.plan;

import java.time.Duration;

/// What the owner wants, with all defaults filled in.
///
/// `templates` identify the Pod a member shall have, one for each scheme its peer URL can have.
public record Desired(
    Naming naming,
    int replicas,
    boolean paused,
    Scheme peerScheme,
    Templates templates,
    long volumeBytes,
    Retention retention,
    FailurePolicy failurePolicy) {

  /// The identity of the wanted Pod: two Pods with the same text run the same thing.
  public record Templates(String http, String https) {

    public String of(Scheme peerScheme) {
      return switch (peerScheme) {
        case HTTP -> http;
        case HTTPS -> https;
      };
    }
  }

  /// Whether volumes are kept that no member uses any more.
  public record Retention(boolean keepOnScaleDown, boolean keepOnReplace) {}

  /// When a failed member is replaced.
  public record FailurePolicy(
      boolean replaceAutomatically,
      Duration replaceAfter,
      boolean replaceWhenNodeLost,
      int crashLoopRestarts,
      Duration minTimeBetweenReplacements) {}
}
