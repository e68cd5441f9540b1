/// Leases: their clocks on the leader, and the calls of clients.
@NullMarked
package io.kvorum.node.server.lease;

import org.jspecify.annotations.NullMarked;
