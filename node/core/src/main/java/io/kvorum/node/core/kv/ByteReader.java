package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Reads what a `ByteWriter` wrote. Bytes that do not make sense passed a checksum, so they are our
/// bug: an `Invariant`.
final class ByteReader {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] array;
  private int at;

  ByteReader(byte[] array) {
    this(array, 0);
  }

  ByteReader(byte[] array, int from) {
    this.array = array;
    this.at = from;
  }

  int u8() {
    need(1);
    return array[at++] & 0xFF;
  }

  int i32() {
    need(Integer.BYTES);
    int value = (int) INT.get(array, at);
    at += Integer.BYTES;
    return value;
  }

  long i64() {
    need(Long.BYTES);
    long value = (long) LONG.get(array, at);
    at += Long.BYTES;
    return value;
  }

  long varint() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int next = u8();
      value |= (long) (next & 0x7F) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw Invariant.unreachable("a varint of more than 64 bits ends at byte " + at);
  }

  /// A varint that counts things still to come, each of at least one byte.
  int count() {
    long value = varint();
    Invariant.check(
        value >= 0 && value <= array.length - at,
        "a count fits the bytes that follow",
        value,
        array.length - at);
    return (int) value;
  }

  boolean bool() {
    int value = u8();
    Invariant.check(value <= 1, "a flag is 0 or 1", value, 1);
    return value == 1;
  }

  Bytes bytes() {
    int length = count();
    Bytes bytes = Bytes.wrap(Arrays.copyOfRange(array, at, at + length));
    at += length;
    return bytes;
  }

  String text() {
    return new String(bytes().array(), StandardCharsets.UTF_8);
  }

  /// Everything that is left.
  Bytes rest() {
    Bytes bytes = Bytes.wrap(Arrays.copyOfRange(array, at, array.length));
    at = array.length;
    return bytes;
  }

  <E extends Enum<E>> E constant(E[] constants) {
    int ordinal = u8();
    Invariant.check(ordinal < constants.length, "a constant's number", ordinal, constants.length);
    return constants[ordinal];
  }

  /// The place of the next byte.
  int position() {
    return at;
  }

  int remaining() {
    return array.length - at;
  }

  void end() {
    Invariant.check(at == array.length, "bytes are left over", at, array.length);
  }

  private void need(int bytes) {
    Invariant.check(
        array.length - at >= bytes, "bytes needed, bytes left", bytes, array.length - at);
  }
}
