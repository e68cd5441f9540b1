/// Keys, certificates and the rules about them, on the clients' plane and on the peers'.
@NullMarked
package io.kvorum.node.server.tls;

import org.jspecify.annotations.NullMarked;
