package io.kvorum.localkube.api;

import java.nio.file.Path;
import java.util.Optional;

/// Where the output of containers is kept.
public interface PodLogs {

  /// The output of the running or latest process of a container, or of the one before.
  Optional<Path> file(String namespace, String pod, String container, boolean previous);

  /// True while the process that writes the file runs.
  boolean growing(String namespace, String pod, String container);
}
