/// Log lines: their form, their level, and where they go.
@NullMarked
package io.kvorum.node.server.logging;

import org.jspecify.annotations.NullMarked;
