/// Members talking to members: the peer port, its streams and its calls.
@NullMarked
package io.kvorum.node.server.peer;

import org.jspecify.annotations.NullMarked;
