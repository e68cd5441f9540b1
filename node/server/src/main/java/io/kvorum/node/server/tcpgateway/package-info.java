/// A process that passes TCP connections on to members and looks into none of them, as etcd's
/// gateway does.
@NullMarked
package io.kvorum.node.server.tcpgateway;

import org.jspecify.annotations.NullMarked;
