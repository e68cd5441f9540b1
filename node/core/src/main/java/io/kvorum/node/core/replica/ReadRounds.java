package io.kvorum.node.core.replica;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// The readers that wait for a fresh state, on their way through three places: waiting for a round,
/// in a round whose index is asked for, and confirmed but ahead of what is committed here.
///
/// All readers that arrived in one tick share a deadline, and all that wait when a round starts
/// share the round.
final class ReadRounds {
  /// More rounds cost messages, fewer make a reader wait for the round before its own.
  private static final int MAX_IN_FLIGHT = 2;

  private final ArrayDeque<Batch> waiting = new ArrayDeque<>();
  private final TreeMap<Long, List<Batch>> inFlight = new TreeMap<>();
  private final ArrayDeque<Confirmed> confirmed = new ArrayDeque<>();
  private int readers;

  /// Readers of one tick.
  private record Batch(long deadline, List<Caller> callers) {}

  private record Confirmed(long index, List<Batch> batches) {}

  void add(Caller caller, long deadline) {
    Batch last = waiting.peekLast();
    if (last == null || last.deadline != deadline) {
      last = new Batch(deadline, new ArrayList<>());
      waiting.addLast(last);
    }
    last.callers.add(caller);
    readers++;
  }

  /// How many readers are anywhere here.
  int size() {
    return readers;
  }

  boolean wantsRound() {
    return !waiting.isEmpty() && inFlight.size() < MAX_IN_FLIGHT;
  }

  /// All who wait now are in this round.
  void start(long contextId) {
    inFlight.put(contextId, new ArrayList<>(waiting));
    waiting.clear();
  }

  /// The round will not be answered: its readers wait again, before those who came later.
  void dropped(long contextId) {
    List<Batch> batches = inFlight.remove(contextId);
    if (batches != null) {
      batches.reversed().forEach(waiting::addFirst);
    }
  }

  /// State that has applied the index answers the round. Later rounds have higher indexes.
  void confirmed(long contextId, long index) {
    List<Batch> batches = inFlight.remove(contextId);
    if (batches != null) {
      confirmed.addLast(new Confirmed(index, batches));
    }
  }

  /// Takes out the readers whose index is at or below this one.
  List<Caller> takeUpTo(long index) {
    if (confirmed.isEmpty() || confirmed.getFirst().index > index) {
      return List.of();
    }
    var callers = new ArrayList<Caller>();
    while (!confirmed.isEmpty() && confirmed.getFirst().index <= index) {
      confirmed.removeFirst().batches.forEach(batch -> callers.addAll(batch.callers));
    }
    readers -= callers.size();
    return callers;
  }

  /// Takes out the readers whose deadline has come.
  List<Caller> takeExpired(long tick) {
    if (readers == 0) {
      return List.of();
    }
    var callers = new ArrayList<Caller>();
    Consumer<Iterable<Batch>> sweep =
        batches -> {
          for (Batch batch : batches) {
            if (batch.deadline <= tick) {
              callers.addAll(batch.callers);
              batch.callers.clear();
            }
          }
        };
    sweep.accept(waiting);
    for (Map.Entry<Long, List<Batch>> round : inFlight.entrySet()) {
      sweep.accept(round.getValue());
    }
    confirmed.forEach(done -> sweep.accept(done.batches));
    waiting.removeIf(batch -> batch.callers.isEmpty());
    readers -= callers.size();
    return callers;
  }
}
