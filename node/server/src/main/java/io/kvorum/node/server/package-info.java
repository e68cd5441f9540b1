/// The member as a process: the world put back around the core.
@NullMarked
package io.kvorum.node.server;

import org.jspecify.annotations.NullMarked;
