/// The log on disk: its format and its recovery, over a port for files.
@NullMarked
package io.kvorum.node.core.log;

import org.jspecify.annotations.NullMarked;
