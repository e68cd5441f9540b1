package io.kvorum.bench;

/// The keys of a load: numbers of a key space, written with leading zeroes to a fixed size.
///
/// @param size bytes of a key
/// @param space how many keys there are
/// @param sequential whether they come one after the other instead of at random
record Keys(int size, long space, boolean sequential) {

  private static final int MAX_SIZE = 1024;
  private static final int DECIMAL = 10;

  Keys {
    if (size < 1 || size > MAX_SIZE) {
      throw new IllegalArgumentException(
          "--key-size is %d; it must lie between 1 and %d".formatted(size, MAX_SIZE));
    }
    if (space < 1) {
      throw new IllegalArgumentException(
          "--key-space-size is %d; it must be 1 or more".formatted(space));
    }
    if (size < Long.toString(space - 1).length()) {
      throw new IllegalArgumentException(
          "--key-size %d is too small for --key-space-size %d: %d bytes are needed"
              .formatted(size, space, Long.toString(space - 1).length()));
    }
  }

  /// Writes the key with this number over `size` bytes.
  void write(long number, byte[] into, int offset) {
    long rest = number;
    for (int i = offset + size - 1; i >= offset; i--) {
      into[i] = (byte) ('0' + rest % DECIMAL);
      rest /= DECIMAL;
    }
  }
}
