/// What the objects of a cluster look like: pure functions from its spec to Kubernetes objects.
@NullMarked
package io.kvorum.operator.pods;

import org.jspecify.annotations.NullMarked;
