/// API v2 of etcd: the tree of keys over plain HTTP, members and statistics beside it.
@NullMarked
package io.kvorum.node.server.v2;

import org.jspecify.annotations.NullMarked;
