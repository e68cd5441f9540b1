/// Tests of the types of objects.
@NullMarked
package io.kvorum.localkube.schema;

import org.jspecify.annotations.NullMarked;
