/// The file format of bbolt, in which etcd keeps and backs up its data: written in one go, read
/// page by page.
@NullMarked
package io.kvorum.node.core.bolt;

import org.jspecify.annotations.NullMarked;
