/// The custom resource types of Kvorum: what a user writes and what the operator reports.
@NullMarked
package io.kvorum.crds;

import org.jspecify.annotations.NullMarked;
