/// Generated sequences of operations, run against the machine's real etcd and against Kvorum, and
/// compared answer by answer.
@NullMarked
package io.kvorum.suite.conformance;

import org.jspecify.annotations.NullMarked;
