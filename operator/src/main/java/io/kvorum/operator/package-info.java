/// The operator's process: what it is started with, and how its parts are joined.
@NullMarked
package io.kvorum.operator;

import org.jspecify.annotations.NullMarked;
