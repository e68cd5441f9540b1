/// Backups in etcd's format: the state as a bbolt file, streamed to clients and read back into a
/// new data directory.
@NullMarked
package io.kvorum.node.server.backup;

import org.jspecify.annotations.NullMarked;
