/// An embedded Kubernetes for one machine.
@NullMarked
package io.kvorum.localkube;

import org.jspecify.annotations.NullMarked;
