/// The inner parts of a member, measured alone: what `bench micro` runs.
@NullMarked
package io.kvorum.bench.micro;

import org.jspecify.annotations.NullMarked;
