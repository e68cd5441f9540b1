/// Real members under faults: killed, paused, cut off, on full disks and with damaged files.
@NullMarked
package io.kvorum.suite.faults;

import org.jspecify.annotations.NullMarked;
