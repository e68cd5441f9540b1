/// Whole clusters in one thread from one seed.
@NullMarked
package io.kvorum.node.sim;

import org.jspecify.annotations.NullMarked;
