/// The meaning of the replicated commands.
@NullMarked
package io.kvorum.node.core.kv;

import org.jspecify.annotations.NullMarked;
