package io.kvorum.localkube.patch;

/// A patch that can't be applied: it is malformed, or does not fit the object.
public final class PatchException extends RuntimeException {

  public PatchException(String message) {
    super(message);
  }
}
