/// The loops that make Deployments, Services, volumes and namespaces come true.
@NullMarked
package io.kvorum.localkube.control;

import org.jspecify.annotations.NullMarked;
