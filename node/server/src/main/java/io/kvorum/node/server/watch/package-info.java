/// Watches: events on their way from the apply stage to clients.
@NullMarked
package io.kvorum.node.server.watch;

import org.jspecify.annotations.NullMarked;
