package io.kvorum.node.core.kv;

import java.util.List;

/// What applying a batch brought: one outcome for each entry, in order; the events of all of them
/// in the order of their revisions; and the view of the state behind the batch.
///
/// The receiver owns the view: it publishes it to readers and closes it once the next one has taken
/// its place.
public record Applied(List<Outcome> outcomes, List<Event> events, View view) {}
