package io.kvorum.operator.plan;

/// What a look at the world gave. A look that failed is never taken for a look that found nothing.
public sealed interface Reading<T> {

  /// The look succeeded.
  record Known<T>(T value) implements Reading<T> {}

  /// The look failed, for this reason.
  record Unknown<T>(String why) implements Reading<T> {}
}
