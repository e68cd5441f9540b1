/// Locks and elections: who waits for the same name waits in a queue of keys.
@NullMarked
package io.kvorum.node.server.lock;

import org.jspecify.annotations.NullMarked;
