/// The state as a whole: where it stands on disk, and how it travels from member to member.
@NullMarked
package io.kvorum.node.server.snapshot;

import org.jspecify.annotations.NullMarked;
