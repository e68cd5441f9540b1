/// What Kubernetes' API server asks of its store, shape by shape.
@NullMarked
package io.kvorum.suite.kube;

import org.jspecify.annotations.NullMarked;
