/// How the founders of a new cluster find each other when nobody can list them beforehand.
@NullMarked
package io.kvorum.node.server.discovery;

import org.jspecify.annotations.NullMarked;
