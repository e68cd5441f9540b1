/// A process that is no member and forwards HTTP to those who are, as etcd's proxy of API v2 does.
@NullMarked
package io.kvorum.node.server.proxy;

import org.jspecify.annotations.NullMarked;
