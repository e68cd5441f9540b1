/// The API as JSON over HTTP, as curl sees it.
@NullMarked
package io.kvorum.suite.gateway;

import org.jspecify.annotations.NullMarked;
