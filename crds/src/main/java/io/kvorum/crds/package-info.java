/// The custom resource types.
@NullMarked
package io.kvorum.crds;

import org.jspecify.annotations.NullMarked;
