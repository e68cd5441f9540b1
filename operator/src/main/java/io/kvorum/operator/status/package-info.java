/// What a cluster's status says: a pure function of what was seen and what is being done.
@NullMarked
package io.kvorum.operator.status;

import org.jspecify.annotations.NullMarked;
