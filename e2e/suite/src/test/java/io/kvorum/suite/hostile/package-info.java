/// Clients that mean no good, or don't know what they do.
@NullMarked
package io.kvorum.suite.hostile;

import org.jspecify.annotations.NullMarked;
