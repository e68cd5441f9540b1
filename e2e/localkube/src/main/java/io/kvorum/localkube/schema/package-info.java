/// What an object may look like: types of the built-in resources and of custom ones; pruning,
/// defaults, validation.
@NullMarked
package io.kvorum.localkube.schema;

import org.jspecify.annotations.NullMarked;
