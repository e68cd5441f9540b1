/// What requests mean: resources, their rules, and the operations on them.
@NullMarked
package io.kvorum.localkube.api;

import org.jspecify.annotations.NullMarked;
