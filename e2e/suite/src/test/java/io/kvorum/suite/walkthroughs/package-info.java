/// What tutorials have their readers type, in their order.
@NullMarked
package io.kvorum.suite.walkthroughs;

import org.jspecify.annotations.NullMarked;
