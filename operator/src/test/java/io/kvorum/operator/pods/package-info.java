/// Tests of the objects that the operator writes.
@NullMarked
package io.kvorum.operator.pods;

import org.jspecify.annotations.NullMarked;
