/// Carries out one step: one write, to Kubernetes or to the store.
@NullMarked
package io.kvorum.operator.act;

import org.jspecify.annotations.NullMarked;
