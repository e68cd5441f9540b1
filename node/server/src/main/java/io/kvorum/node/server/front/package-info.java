/// The member's ports for clients: gRPC and HTTP side by side, in plaintext and with TLS.
@NullMarked
package io.kvorum.node.server.front;

import org.jspecify.annotations.NullMarked;
