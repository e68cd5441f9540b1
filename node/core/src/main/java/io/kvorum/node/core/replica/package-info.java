/// One member: consensus, log and state joined behind ports.
@NullMarked
package io.kvorum.node.core.replica;

import org.jspecify.annotations.NullMarked;
