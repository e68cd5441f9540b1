/// Looks at a cluster: at Kubernetes through caches, at the store through its members.
@NullMarked
package io.kvorum.operator.observe;

import org.jspecify.annotations.NullMarked;
