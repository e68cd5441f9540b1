/// Users at the door: passwords, tokens, and who makes a call.
@NullMarked
package io.kvorum.node.server.auth;

import org.jspecify.annotations.NullMarked;
