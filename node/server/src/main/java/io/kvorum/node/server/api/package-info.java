/// The services of the etcd v3 API, as clients call them.
@NullMarked
package io.kvorum.node.server.api;

import org.jspecify.annotations.NullMarked;
