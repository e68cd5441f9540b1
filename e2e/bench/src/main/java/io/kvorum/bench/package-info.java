/// Load programs and side-by-side benchmarks.
@NullMarked
package io.kvorum.bench;

import org.jspecify.annotations.NullMarked;
