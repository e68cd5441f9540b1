/// What an operator may set, from where (flags, environment, file), and what the member makes of
/// it.
@NullMarked
package io.kvorum.node.server.config;

import org.jspecify.annotations.NullMarked;
