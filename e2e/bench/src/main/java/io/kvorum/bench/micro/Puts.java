package io.kvorum.bench.micro;

import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import java.util.Random;

/// The puts that all measurements work on: keys of 8 bytes, values of 256.
final class Puts {

  private static final int VALUE_BYTES = 256;
  private static final Bytes VALUE = value();

  private Puts() {}

  private static Bytes value() {
    byte[] value = new byte[VALUE_BYTES];
    new Random(1).nextBytes(value);
    return Bytes.wrap(value);
  }

  static Bytes key(long number) {
    return Bytes.utf8("%08d".formatted(number));
  }

  static Command.Put put(long key) {
    return Command.Put.of(key(key), VALUE);
  }

  /// As it stands in the log.
  static byte[] entry(long key) {
    return CommandCodec.encode(key + 1, put(key));
  }
}
