/// The command-line client.
@NullMarked
package io.kvorum.node.ctl;

import org.jspecify.annotations.NullMarked;
