/// Tests of what a cluster's status says.
@NullMarked
package io.kvorum.operator.status;

import org.jspecify.annotations.NullMarked;
