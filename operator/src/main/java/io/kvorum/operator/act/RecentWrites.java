package io.kvorum.operator.act;

import io.fabric8.kubernetes.api.model.HasMetadata;

/// Told of what was written, so that a cache shows it before its watch does.
@FunctionalInterface
public interface RecentWrites {

  void wrote(HasMetadata object);
}
