package io.kvorum.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// The moment of a put at the beginning of its value, eight bytes with the lowest first.
final class Stamp {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Stamp() {}

  static void write(long nanos, byte[] into, int offset) {
    LONG.set(into, offset, nanos);
  }
}
