/// JSON and YAML as trees.
@NullMarked
package io.kvorum.localkube.json;

import org.jspecify.annotations.NullMarked;
