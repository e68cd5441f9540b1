/// HTTP/1.1 with TLS on loopback, and the Kubernetes paths served over it.
@NullMarked
package io.kvorum.localkube.http;

import org.jspecify.annotations.NullMarked;
