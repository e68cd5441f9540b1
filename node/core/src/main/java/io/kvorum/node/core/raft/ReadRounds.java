package io.kvorum.node.core.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// A leader's read index requests, and the rounds that confirm them.
///
/// A request may be answered with the commit index once a majority has shown, after the request
/// came, that it still follows this leader. All requests that wait share a round, and while one
/// round is under way the next gathers; a heartbeat begins a new round in any case, so that a lost
/// message delays no more than that.
///
/// A leader answers nothing before it has committed an entry of its own term: until then its commit
/// index may lie below what an earlier leader acknowledged.
final class ReadRounds {
  private record Read(MemberId asker, long contextId, long bornTick) {}

  private record Round(long number, long index, List<Read> reads) {}

  private final Raft raft;
  private final ArrayDeque<Round> underWay = new ArrayDeque<>();
  private List<Read> waiting = new ArrayList<>();
  private long lastNumber;
  private int size;

  ReadRounds(Raft raft) {
    this.raft = raft;
  }

  /// Returns false if too many wait.
  boolean add(MemberId asker, long contextId) {
    if (size >= raft.config.maxPendingReads()) {
      return false;
    }
    waiting.add(new Read(asker, contextId, raft.ticks()));
    size++;
    return true;
  }

  /// Whether a round should begin without waiting for a heartbeat.
  boolean isRoundDue() {
    return !waiting.isEmpty() && underWay.isEmpty();
  }

  /// Begins a round for all that wait and returns its number, which the heartbeats carry.
  ///
  /// @param mayAnswer whether the leader has committed an entry of its term
  long begin(boolean mayAnswer) {
    lastNumber++;
    if (mayAnswer && !waiting.isEmpty()) {
      underWay.add(new Round(lastNumber, raft.log.committed(), waiting));
      waiting = new ArrayList<>();
    }
    return lastNumber;
  }

  /// A majority has seen this round.
  void confirmed(long number) {
    while (!underWay.isEmpty() && underWay.element().number <= number) {
      Round round = underWay.remove();
      size -= round.reads.size();
      for (Read read : round.reads) {
        answer(read, round.index);
      }
    }
  }

  private void answer(Read read, long index) {
    if (read.asker.equals(raft.config.self())) {
      raft.outbox.readState(new ReadState(read.contextId, index, raft.term()));
    } else {
      raft.outbox.send(read.asker, new Message.ReadIndexReply(raft.term(), read.contextId, index));
    }
  }

  /// Gives up what has waited for an election timeout.
  void expire() {
    long latest = raft.ticks() - raft.config.electionTicks();
    while (!underWay.isEmpty() && underWay.element().reads.getFirst().bornTick <= latest) {
      Round round = underWay.remove();
      drop(round.reads);
    }
    if (!waiting.isEmpty() && waiting.getFirst().bornTick <= latest) {
      drop(waiting);
      waiting = new ArrayList<>();
    }
  }

  void dropAll() {
    underWay.forEach(round -> drop(round.reads));
    underWay.clear();
    drop(waiting);
    waiting = new ArrayList<>();
  }

  private void drop(List<Read> reads) {
    size -= reads.size();
    for (Read read : reads) {
      if (read.asker.equals(raft.config.self())) {
        raft.outbox.dropRead(read.contextId);
      }
    }
  }
}
