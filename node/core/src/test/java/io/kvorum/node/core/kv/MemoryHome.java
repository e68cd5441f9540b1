package io.kvorum.node.core.kv;

/// A home for scripts whose store is in memory.
final class MemoryHome implements KvScript.Home {

  @Override
  public KvStore open() {
    return new MemoryStore();
  }

  @Override
  public KvStore crash(KvStore store) {
    MemoryStore left = ((MemoryStore) store).crash();
    store.close();
    return left;
  }
}
