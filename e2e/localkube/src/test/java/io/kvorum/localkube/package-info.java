/// Tests of the embedded Kubernetes as a whole.
@NullMarked
package io.kvorum.localkube;

import org.jspecify.annotations.NullMarked;
