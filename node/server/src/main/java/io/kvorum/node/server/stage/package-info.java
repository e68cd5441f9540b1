/// The member's stages: agreement, log and apply, each with one writer and a bounded queue.
@NullMarked
package io.kvorum.node.server.stage;

import org.jspecify.annotations.NullMarked;
