package io.kvorum.node.server.api;

/// A call that ends with an error of the API, on its way through a future.
public final class CallFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final ApiError error;

  public CallFailedException(ApiError error) {
    super(error.text(), null, false, false);
    this.error = error;
  }

  public ApiError error() {
    return error;
  }

  /// The error behind whatever a future failed with.
  public static ApiError errorOf(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CallFailedException failed) {
        return failed.error();
      }
    }
    return ApiError.TIMED_OUT;
  }
}
