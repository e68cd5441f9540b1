package io.kvorum.node.core.kv;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// An immutable byte string, ordered as unsigned bytes: a user's key or value.
///
/// It wraps its array without a copy. Whoever makes one gives the array away, and whoever asks for
/// the array only reads it.
public final class Bytes implements Comparable<Bytes> {

  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] array;

  private Bytes(byte[] array) {
    this.array = array;
  }

  /// Wraps an array that nobody changes from now on.
  public static Bytes wrap(byte[] array) {
    return array.length == 0 ? EMPTY : new Bytes(array);
  }

  public static Bytes utf8(String text) {
    return wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /// The wrapped array itself, to be read only.
  public byte[] array() {
    return array;
  }

  public int length() {
    return array.length;
  }

  public boolean isEmpty() {
    return array.length == 0;
  }

  /// The smallest byte string above this one: itself with a zero byte behind it.
  public Bytes next() {
    return new Bytes(Arrays.copyOf(array, array.length + 1));
  }

  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(array, other.array);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && Arrays.equals(array, bytes.array);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(array);
  }

  /// The text in UTF-8, for messages and tests.
  @Override
  public String toString() {
    return new String(array, StandardCharsets.UTF_8);
  }
}
