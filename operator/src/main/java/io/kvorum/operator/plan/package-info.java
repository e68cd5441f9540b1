/// Decides what to do about a cluster: from what is desired and what was observed to one step with
/// its reason. Pure: no clock, no network, no Kubernetes.
@NullMarked
package io.kvorum.operator.plan;

import org.jspecify.annotations.NullMarked;
