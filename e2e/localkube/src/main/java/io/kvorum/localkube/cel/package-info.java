/// CEL rules of custom resources.
@NullMarked
package io.kvorum.localkube.cel;

import org.jspecify.annotations.NullMarked;
