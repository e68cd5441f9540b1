package io.kvorum.node.core.log;

/// What was durable is no longer readable: not a torn tail, which recovery cuts by itself, but lost
/// or altered data that this member may have acknowledged. It must not go on with less than it
/// promised.
public final class DamagedLogException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String path;
  private final long offset;

  public DamagedLogException(String path, long offset, String damage) {
    super(
        "the log is damaged: %s at offset %d: %s; nothing was changed. If the other members are well, remove this member from the cluster, delete its data directory and add it again; else restore a backup"
            .formatted(path, offset, damage));
    this.path = path;
    this.offset = offset;
  }

  public String path() {
    return path;
  }

  /// Where the damaged header or record begins.
  public long offset() {
    return offset;
  }
}
