/// The state on disk: the store's port over RocksDB, checkpoints of it, and their installation.
@NullMarked
package io.kvorum.node.server.store;

import org.jspecify.annotations.NullMarked;
