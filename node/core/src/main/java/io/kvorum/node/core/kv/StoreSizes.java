package io.kvorum.node.core.kv;

/// How big the state is, in bytes. `onDisk` is never below `inUse`, and neither is ever 0.
///
/// @param onDisk what the files take, not yet flushed data included: `dbSize`
/// @param inUse the keys, values and history that are retained: `dbSizeInUse`, and what the quota
///   is compared with
public record StoreSizes(long onDisk, long inUse) {

  /// The sizes at a view: compression may make files smaller than what they retain, which would
  /// look like a mistake to whoever compares the two.
  public static StoreSizes of(KvStore store, View view) {
    long inUse = view.bytesInUse();
    return new StoreSizes(Math.max(store.bytesOnDisk(), inUse), inUse);
  }
}
