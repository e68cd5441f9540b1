package io.kvorum.node.core.kv;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What applying a batch brought: one outcome for each entry, in order; the events of all of them
/// in the order of their revisions, or null if there are too many to hold (the view's history has
/// them); and the view of the state behind the batch.
///
/// The receiver owns the view: it publishes it to readers and closes it once the next one has taken
/// its place.
public record Applied(List<Outcome> outcomes, @Nullable List<Event> events, View view) {}
