package io.kvorum.operator.plan;

/// A member's volume claim as Kubernetes shows it.
public sealed interface VolumeState {

  /// There is no claim; this was confirmed by the API server, not by a cache.
  record Absent() implements VolumeState {}

  /// There is a claim. `lost`: the volume behind it is gone.
  record Present(String uid, boolean terminating, boolean lost, long bytes)
      implements VolumeState {}
}
