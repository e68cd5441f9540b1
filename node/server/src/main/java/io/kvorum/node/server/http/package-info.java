/// HTTP as pages and calls see it: requests, answers and bodies, whatever version carries them.
@NullMarked
package io.kvorum.node.server.http;

import org.jspecify.annotations.NullMarked;
