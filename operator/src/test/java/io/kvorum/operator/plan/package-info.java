/// Tests of the planner: golden scripts, and worlds made of a seed.
@NullMarked
package io.kvorum.operator.plan;

import org.jspecify.annotations.NullMarked;
