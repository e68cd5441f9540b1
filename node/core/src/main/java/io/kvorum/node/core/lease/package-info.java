/// The time of leases, which runs on the leader only.
@NullMarked
package io.kvorum.node.core.lease;

import org.jspecify.annotations.NullMarked;
