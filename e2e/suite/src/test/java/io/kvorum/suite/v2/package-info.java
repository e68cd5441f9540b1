/// API v2 beside etcd's own.
@NullMarked
package io.kvorum.suite.v2;

import org.jspecify.annotations.NullMarked;
