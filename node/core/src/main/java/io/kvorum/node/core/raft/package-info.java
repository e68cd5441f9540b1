/// Consensus as a function of its inputs.
@NullMarked
package io.kvorum.node.core.raft;

import org.jspecify.annotations.NullMarked;
