package io.kvorum.node.sim;

import io.kvorum.node.core.kv.Event;
import io.kvorum.node.core.kv.EventQuery;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.View;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Follows all changes: the events of each batch while it stays with one member, and history where
/// it moves to another or a snapshot replaces the state. [Oracle#watched] checks that it misses
/// none, sees none twice, and sees them in order.
final class Watcher {
  private static final EventQuery.Bounds SMALL_PAGES = new EventQuery.Bounds(3, 1 << 20, 5);

  private final int number;
  private final Simulation world;
  private @Nullable Life followed;

  /// All changes up to here were seen.
  private long seenUpTo = 1;

  Watcher(int number, Simulation world) {
    this.number = number;
    this.world = world;
  }

  /// Goes on at another member.
  void moveTo(Life life) {
    followed = life;
    catchUp(life.state().view());
  }

  /// Moves only if the member it follows is gone.
  void moveIfLost(List<Life> living, RandomGenerator random) {
    Life now = followed;
    if ((now == null || !now.machine.isLiving(now)) && !living.isEmpty()) {
      moveTo(living.get(random.nextInt(living.size())));
    }
  }

  void applied(Life life, @Nullable List<Event> events, View view) {
    if (life != followed || view.revision() <= seenUpTo) {
      return;
    }
    if (events == null) {
      catchUp(view);
    } else {
      List<Event> fresh = events.stream().filter(event -> event.revision() > seenUpTo).toList();
      see(fresh, view.revision());
    }
  }

  void restored(Life life, View view) {
    if (life == followed) {
      if (world.bug == Bug.WATCH_GAP_AT_RESTORE) {
        see(List.of(), Math.max(seenUpTo, view.revision()));
      } else {
        catchUp(view);
      }
    }
  }

  private void catchUp(View view) {
    while (seenUpTo < view.revision()) {
      var query = new EventQuery(seenUpTo + 1, view.revision(), _ -> true, SMALL_PAGES, false);
      switch (view.events(query)) {
        case Outcome.EventPage(_, List<Event> events, long nextRevision, _) ->
            see(events, nextRevision - 1);
        case Outcome.RevisionCompacted(long compactRevision) -> {
          seenUpTo = compactRevision - 1;
          world.oracle.watchedFrom(number, compactRevision);
        }
        case Outcome other -> throw new IllegalStateException("no events but " + other);
      }
    }
  }

  private void see(List<Event> events, long upTo) {
    world.oracle.watched(number, events, upTo);
    seenUpTo = upTo;
  }
}
