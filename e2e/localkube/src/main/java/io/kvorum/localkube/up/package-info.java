/// The program behind `./kvorum up` and `down`.
@NullMarked
package io.kvorum.localkube.up;

import org.jspecify.annotations.NullMarked;
