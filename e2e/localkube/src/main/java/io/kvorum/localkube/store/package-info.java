/// All objects, their versions and the changes between them, kept across restarts.
@NullMarked
package io.kvorum.localkube.store;

import org.jspecify.annotations.NullMarked;
