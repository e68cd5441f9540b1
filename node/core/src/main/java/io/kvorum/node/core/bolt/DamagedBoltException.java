package io.kvorum.node.core.bolt;

/// A file that is no sound bbolt file.
public final class DamagedBoltException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public DamagedBoltException(String message) {
    super(message);
  }
}
