package io.kvorum.node.core.log;

/// Whose log it is; stands in the header of every segment.
public record LogIdentity(long clusterId, long memberId) {

  @Override
  public String toString() {
    return "cluster %016x member %016x".formatted(clusterId, memberId);
  }
}
