/// Runs Pods as processes of this machine, and gives them addresses, names, volumes and probes.
@NullMarked
package io.kvorum.localkube.kubelet;

import org.jspecify.annotations.NullMarked;
