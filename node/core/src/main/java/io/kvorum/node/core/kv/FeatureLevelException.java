package io.kvorum.node.core.kv;

/// The cluster has agreed on a feature level that this program does not know: it is too old to take
/// part, and stops before it applies anything it does not understand.
public final class FeatureLevelException extends RuntimeException {

  private FeatureLevelException(int level) {
    super(
        "the cluster has feature level "
            + level
            + ", this program knows up to "
            + Kv.MAX_FEATURE_LEVEL
            + "; run a newer version");
  }

  static void check(int level) {
    if (level > Kv.MAX_FEATURE_LEVEL) {
      throw new FeatureLevelException(level);
    }
  }
}
