package io.kvorum.node.server.store;

/// How much memory the store may take outside the heap: blocks of files it has read, and data it
/// has not yet flushed. While a flush runs there may be twice the unflushed data.
///
/// @param blockCacheBytes the cache of file blocks, their indexes and filters included
/// @param unflushedBytes when so much is unflushed, a flush starts
public record StoreSettings(long blockCacheBytes, long unflushedBytes) {

  private static final long MEBIBYTE = 1 << 20;

  /// A million keys of 256 bytes fit a process of 500 MB with it.
  public static final StoreSettings DEFAULT = new StoreSettings(96 * MEBIBYTE, 48 * MEBIBYTE);

  public StoreSettings {
    if (blockCacheBytes < MEBIBYTE || unflushedBytes < MEBIBYTE) {
      throw new IllegalArgumentException(
          "block cache (%d) and unflushed data (%d) need a mebibyte each"
              .formatted(blockCacheBytes, unflushedBytes));
    }
  }
}
