/// The scripted tour behind `./kvorum demo`.
@NullMarked
package io.kvorum.localkube.demo;

import org.jspecify.annotations.NullMarked;
