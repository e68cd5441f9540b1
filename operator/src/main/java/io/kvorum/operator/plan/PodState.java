package io.kvorum.operator.plan;

import java.util.OptionalInt;
import java.util.Set;

/// A member's Pod as Kubernetes shows it.
public sealed interface PodState {

  /// There is no Pod.
  record Absent() implements PodState {}

  /// There is a Pod. `exitCode` is that of the container's latest end, `restarts` how often it was
  /// started again without ever becoming ready since, `initialPeerUrls` those of the members it is
  /// told of by `--initial-cluster`.
  record Present(
      String uid,
      boolean terminating,
      Life life,
      boolean ready,
      String template,
      Role role,
      NodeState node,
      Trouble trouble,
      int restarts,
      OptionalInt exitCode,
      Set<String> initialPeerUrls)
      implements PodState {}

  /// The Pod's phase.
  enum Life {
    PENDING,
    RUNNING,
    /// Succeeded or Failed: it never runs again.
    FINISHED
  }

  /// What its label says the member is to clients.
  enum Role {
    LEARNER,
    VOTER;

    public String text() {
      return this == VOTER ? "voter" : "learner";
    }
  }

  /// The node it is bound to.
  enum NodeState {
    UNBOUND,
    READY,
    NOT_READY,
    GONE
  }

  /// Why its container does not run, as far as Kubernetes says.
  enum Trouble {
    NONE,
    UNSCHEDULABLE,
    IMAGE,
    CONFIGURATION,
    OUT_OF_MEMORY,
    EVICTED
  }
}
