package io.kvorum.localkube.control;

import java.time.Duration;

/// Makes one kind of thing come true: looks at all objects, and does what is missing.
interface Controller {

  /// Nothing is due by time alone.
  Duration NO_HURRY = Duration.ofMinutes(10);

  /// One look; returns how long until the next is due without any change.
  Duration reconcile();
}
