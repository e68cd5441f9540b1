/// What a member counts and measures, under etcd's names.
@NullMarked
package io.kvorum.node.server.metrics;

import org.jspecify.annotations.NullMarked;
