/// The log's files on a real disk.
@NullMarked
package io.kvorum.node.server.log;

import org.jspecify.annotations.NullMarked;
