package io.kvorum.node.server.discovery;

/// A cluster has found all its members, and this is none of them.
public final class FullClusterException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String founders;

  FullClusterException(String message, String founders) {
    super(message);
    this.founders = founders;
  }

  /// Those who came in time, as in `--initial-cluster`.
  public String founders() {
    return founders;
  }
}
