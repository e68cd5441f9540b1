package io.kvorum.operator.store;

/// A call to a member that was refused or not answered.
public final class StoreException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final boolean answered;

  StoreException(String operation, Endpoint endpoint, String why, boolean answered) {
    super("%s at %s:%d: %s".formatted(operation, endpoint.address(), endpoint.port(), why));
    this.answered = answered;
  }

  /// True: the store refused, and nothing was changed. False: nobody knows.
  public boolean answered() {
    return answered;
  }
}
