/// The documents say what is so.
@NullMarked
package io.kvorum.suite.docs;

import org.jspecify.annotations.NullMarked;
