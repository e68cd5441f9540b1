/// Members as processes started by hand: what a person with three shells would do and see.
@NullMarked
package io.kvorum.suite.members;

import org.jspecify.annotations.NullMarked;
