/// What every test may lean on: golden texts, seed loops, style checks, processes and ports.
@NullMarked
package io.kvorum.testkit;

import org.jspecify.annotations.NullMarked;
