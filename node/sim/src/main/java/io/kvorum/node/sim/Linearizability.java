package io.kvorum.node.sim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decides whether the operations on one key can be put into one order that explains every answer
/// and respects real time: the search of Wing and Gong with Lowe's memory of what was tried.
///
/// Events, the beginnings and ends of operations, stand in a list by time. The search takes any
/// operation that has begun before the first end in the list and tries it next; it may not go past
/// an end, because that operation must have taken effect by then. An operation of unknown fate has
/// no end: it may be taken at any time or stay in the list for ever.
///
/// It asks nothing of the store but its answers. (The black-box suite judges by the store's
/// revisions instead, which is linear but trusts their order.)
final class Linearizability {
  /// More are not tried: the histories of a run need a few thousand.
  private static final int MAX_TRIALS = 60_000;

  /// What a search comes to.
  enum Verdict {
    EXPLAINED,
    UNEXPLAINED,
    /// The search was given up.
    UNDECIDED
  }

  /// A beginning or an end, linked in order of time.
  private static final class Event {
    final Operation operation;
    final int number;
    @Nullable Event end;
    @Nullable Event previous;
    @Nullable Event next;

    Event(Operation operation, int number) {
      this.operation = operation;
      this.number = number;
    }

    void unlink() {
      if (previous != null) {
        previous.next = next;
      }
      if (next != null) {
        next.previous = previous;
      }
    }

    void relink() {
      if (previous != null) {
        previous.next = this;
      }
      if (next != null) {
        next.previous = this;
      }
    }
  }

  private record Tried(BitSet taken, long value) {}

  private record Taken(Event begin, long valueBefore) {}

  private final Event head;
  private final BitSet taken = new BitSet();
  private final Set<Tried> tried = new HashSet<>();
  private final ArrayDeque<Taken> path = new ArrayDeque<>();
  private int openEnds;
  private long value = Operation.NOTHING;

  private Linearizability(List<Operation> operations) {
    head = new Event(new Operation(0, new Operation.Request.Get(), 0), -1);
    record Timed(long moment, Event event) {}
    var events = new ArrayList<Timed>();
    for (int i = 0; i < operations.size(); i++) {
      Operation operation = operations.get(i);
      var begin = new Event(operation, i);
      events.add(new Timed(operation.invoked, begin));
      if (operation.returned() != Operation.NEVER) {
        begin.end = new Event(operation, i);
        events.add(new Timed(operation.returned(), begin.end));
        openEnds++;
      }
    }
    events.sort(Comparator.comparingLong(Timed::moment));
    Event last = head;
    for (Timed timed : events) {
      timed.event.previous = last;
      last.next = timed.event;
      last = timed.event;
    }
  }

  /// Judges all operations on one key.
  static Verdict of(List<Operation> operations) {
    return new Linearizability(relevant(operations)).search();
  }

  /// Without those that had no effect, those that were not answered and show nothing, and those of
  /// unknown fate whose value nobody ever saw: if there is an order with such a write, there is one
  /// without it.
  private static List<Operation> relevant(List<Operation> operations) {
    var seen = new HashSet<Long>();
    for (Operation operation : operations) {
      if (operation.result() instanceof Operation.Result.Seen(long shown)) {
        seen.add(shown);
      }
      if (operation.request instanceof Operation.Request.CompareAndSet(long expected, _)) {
        seen.add(expected);
      }
    }
    return operations.stream().filter(operation -> isRelevant(operation, seen)).toList();
  }

  private static boolean isRelevant(Operation operation, Set<Long> seen) {
    return switch (operation.result()) {
      case Operation.Result.Done _, Operation.Result.Seen _ -> true;
      case Operation.Result.Refused _ -> false;
      case Operation.Result.Unknown _ ->
          switch (operation.request) {
            case Operation.Request.Get _ -> false;
            case Operation.Request.Put(long written) -> seen.contains(written);
            case Operation.Request.CompareAndSet(_, long written) -> seen.contains(written);
          };
    };
  }

  private Verdict search() {
    Event at = head.next;
    while (openEnds > 0) {
      if (tried.size() > MAX_TRIALS) {
        return Verdict.UNDECIDED;
      }
      if (at != null && !isEnd(at)) {
        at = mayTake(at) ? head.next : at.next;
      } else if (path.isEmpty()) {
        return Verdict.UNEXPLAINED;
      } else {
        at = giveBack();
      }
    }
    return Verdict.EXPLAINED;
  }

  private static boolean isEnd(Event event) {
    return event.end == null && event.operation.returned() != Operation.NEVER;
  }

  /// Takes an operation next if the value allows it and this was not tried before.
  private boolean mayTake(Event begin) {
    OptionalLong after = after(begin.operation);
    if (after.isEmpty()) {
      return false;
    }
    taken.set(begin.number);
    if (!tried.add(new Tried((BitSet) taken.clone(), after.getAsLong()))) {
      taken.clear(begin.number);
      return false;
    }
    path.push(new Taken(begin, value));
    value = after.getAsLong();
    begin.unlink();
    if (begin.end != null) {
      begin.end.unlink();
      openEnds--;
    }
    return true;
  }

  private @Nullable Event giveBack() {
    Taken last = path.pop();
    value = last.valueBefore;
    taken.clear(last.begin.number);
    if (last.begin.end != null) {
      last.begin.end.relink();
      openEnds++;
    }
    last.begin.relink();
    return last.begin.next;
  }

  /// The value behind the operation, if it can come next.
  private OptionalLong after(Operation operation) {
    return switch (operation.request) {
      case Operation.Request.Put(long written) -> OptionalLong.of(written);
      case Operation.Request.Get _ ->
          operation.result().equals(new Operation.Result.Seen(value))
              ? OptionalLong.of(value)
              : OptionalLong.empty();
      case Operation.Request.CompareAndSet(long expected, long written) ->
          swapped(operation.result(), expected, written);
    };
  }

  private OptionalLong swapped(Operation.Result result, long expected, long written) {
    boolean swaps =
        switch (result) {
          case Operation.Result.Done _, Operation.Result.Unknown _ -> true;
          case Operation.Result.Seen _, Operation.Result.Refused _ -> false;
        };
    if (swaps) {
      return value == expected ? OptionalLong.of(written) : OptionalLong.empty();
    }
    boolean showsValue = result.equals(new Operation.Result.Seen(value)) && value != expected;
    return showsValue ? OptionalLong.of(value) : OptionalLong.empty();
  }
}
