/// A process that is no member and serves API v3 on behalf of members, as etcd's gRPC proxy does:
/// watches of the same keys share one upstream, and so do renewals of a lease.
@NullMarked
package io.kvorum.node.server.grpcproxy;

import org.jspecify.annotations.NullMarked;
