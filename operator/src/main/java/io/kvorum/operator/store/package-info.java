/// Talks to members in etcd's protocol: what a member says of itself, the member list, its changes.
@NullMarked
package io.kvorum.operator.store;

import org.jspecify.annotations.NullMarked;
