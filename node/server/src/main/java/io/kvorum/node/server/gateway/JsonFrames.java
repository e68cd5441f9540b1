package io.kvorum.node.server.gateway;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Cuts a stream of bytes into the JSON values that stand in it one after the other. Where a value
/// ends is told by its brackets alone; whether it is JSON is its reader's affair.
final class JsonFrames {

  private static final int FIRST_BYTES = 512;

  private final int maxBytes;
  private byte[] piece = {};
  private int at;

  private byte[] value = {};
  private int length;
  private int depth;
  private boolean inString;
  private boolean escaped;

  /// @param maxBytes of a value
  JsonFrames(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /// Takes a piece; the one before must have been used up.
  void add(byte[] bytes) {
    piece = bytes;
    at = 0;
  }

  /// The next value that is complete; null while it is not.
  byte @Nullable [] poll() throws TooLongException {
    while (at < piece.length) {
      byte character = piece[at];
      if (length == 0 && JsonReader.isBlank(character)) {
        at++;
        continue;
      }
      if (endsScalar(character)) {
        return take();
      }
      at++;
      append(character);
      if (isComplete(character)) {
        return take();
      }
    }
    return null;
  }

  /// Bytes of the value that is not complete yet.
  int length() {
    return length;
  }

  /// What has come of a value when nothing follows; empty if nothing has begun.
  byte[] rest() {
    return take();
  }

  /// A number or a word ends where something else begins.
  private boolean endsScalar(byte next) {
    return length > 0
        && depth == 0
        && !inString
        && (JsonReader.isBlank(next) || next == '{' || next == '[' || next == '"');
  }

  private boolean isComplete(byte character) {
    if (inString) {
      boolean ends = character == '"' && !escaped;
      escaped = character == '\\' && !escaped;
      inString = !ends;
      return ends && depth == 0;
    }
    switch (character) {
      case '"' -> inString = true;
      case '{', '[' -> depth++;
      case '}', ']' -> {
        depth--;
        return depth <= 0;
      }
      default -> {}
    }
    return false;
  }

  private void append(byte character) throws TooLongException {
    if (length == value.length) {
      if (length == maxBytes) {
        throw new TooLongException();
      }
      value = Arrays.copyOf(value, Math.clamp(2L * length, FIRST_BYTES, maxBytes));
    }
    value[length++] = character;
  }

  private byte[] take() {
    byte[] taken = length == value.length ? value : Arrays.copyOf(value, length);
    value = new byte[0];
    length = 0;
    depth = 0;
    inString = false;
    escaped = false;
    return taken;
  }

  /// A value is longer than any that is taken.
  static final class TooLongException extends Exception {
    private static final long serialVersionUID = 1L;

    TooLongException() {
      super("a value is too long", null, false, false);
    }
  }
}
