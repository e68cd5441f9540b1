/// How a process becomes a member: its data directory, its identity, and the cluster it forms or
/// joins.
@NullMarked
package io.kvorum.node.server.bootstrap;

import org.jspecify.annotations.NullMarked;
