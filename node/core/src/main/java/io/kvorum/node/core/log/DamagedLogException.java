package io.kvorum.node.core.log;

/// What was durable is no longer readable: not a torn tail, which recovery cuts by itself, but lost
/// or altered data that this member may have acknowledged. It must not go on with less than it
/// promised.
public final class DamagedLogException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String path;
  private final long offset;

  /// A header or record that is not as it was written.
  public DamagedLogException(String path, long offset, String damage) {
    this("the log is damaged: %s at offset %d: %s".formatted(path, offset, damage), path, offset);
  }

  /// Something that is missing as a whole.
  public DamagedLogException(String path, String loss) {
    this("the log does not fit to the state: %s: %s".formatted(path, loss), path, 0);
  }

  private DamagedLogException(String damage, String path, long offset) {
    super(
        damage
            + "; nothing was changed. If the other members are well, remove this member from the cluster, delete its data directory and add it again; else restore a backup");
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
