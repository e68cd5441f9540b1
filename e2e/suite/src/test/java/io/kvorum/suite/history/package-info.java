/// Clients that record what they did, and the judge of their history.
@NullMarked
package io.kvorum.suite.history;

import org.jspecify.annotations.NullMarked;
