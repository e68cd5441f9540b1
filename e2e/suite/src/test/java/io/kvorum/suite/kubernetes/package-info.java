/// Clusters under the operator, driven with stock kubectl as a user would.
@NullMarked
package io.kvorum.suite.kubernetes;

import org.jspecify.annotations.NullMarked;
