/// What every part of the core shares.
@NullMarked
package io.kvorum.node.core;

import org.jspecify.annotations.NullMarked;
