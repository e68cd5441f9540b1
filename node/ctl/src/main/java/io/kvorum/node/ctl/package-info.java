/// The command-line client: etcdctl's commands, flags, outputs and exit codes over the etcd API.
@NullMarked
package io.kvorum.node.ctl;

import org.jspecify.annotations.NullMarked;
