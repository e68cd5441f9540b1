/// The API as JSON over HTTP: each request becomes a call of the same services that gRPC calls.
@NullMarked
package io.kvorum.node.server.gateway;

import org.jspecify.annotations.NullMarked;
