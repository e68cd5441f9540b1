/// What is installed on machines.
@NullMarked
package io.kvorum.suite.packaging;

import org.jspecify.annotations.NullMarked;
