/// The service records (SRV) of DNS, which the JDK's address look-up does not know.
@NullMarked
package io.kvorum.node.dns;

import org.jspecify.annotations.NullMarked;
