/// Every way to change an object by parts, and who owns which field.
@NullMarked
package io.kvorum.localkube.patch;

import org.jspecify.annotations.NullMarked;
