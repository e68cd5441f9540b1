/// Observe, plan, act.
@NullMarked
package io.kvorum.operator;

import org.jspecify.annotations.NullMarked;
