package io.kvorum.node.core.kv;

/// What a branch of a transaction may hold. A request that names none of these is refused before it
/// becomes one of them, with `Outcome.KeyNotFound`.
public sealed interface Operation
    permits RangeQuery, Command.Put, Command.DeleteRange, Command.Txn {}
