/// Faults on purpose: lost processes, nodes and volumes, for tests and the curious.
@NullMarked
package io.kvorum.localkube.fault;

import org.jspecify.annotations.NullMarked;
