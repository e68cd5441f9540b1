package io.kvorum.node.core.raft;

import java.util.ArrayList;
import java.util.List;

/// What has been decided since the last [Ready] and goes out with the next.
final class Outbox {
  private List<Envelope> now = new ArrayList<>();
  private List<Envelope> afterSync = new ArrayList<>();
  private List<ReadState> readStates = new ArrayList<>();
  private List<Long> readsDropped = new ArrayList<>();

  void send(MemberId to, Message message) {
    now.add(new Envelope(to, message));
  }

  /// For what promises something about this member's disk: a vote, accepted entries, where the
  /// candidate's log ends. A candidate that lost the end of its log and its own vote in a crash
  /// could else campaign again in the same term, and win by votes that were granted to the log it
  /// had before.
  void sendAfterSync(MemberId to, Message message) {
    afterSync.add(new Envelope(to, message));
  }

  void readState(ReadState state) {
    readStates.add(state);
  }

  void dropRead(long contextId) {
    readsDropped.add(contextId);
  }

  boolean hasAfterSync() {
    return !afterSync.isEmpty();
  }

  boolean hasOther() {
    return !now.isEmpty() || !readStates.isEmpty() || !readsDropped.isEmpty();
  }

  List<Envelope> takeNow() {
    List<Envelope> taken = now;
    if (taken.isEmpty()) {
      return List.of();
    }
    now = new ArrayList<>();
    return taken;
  }

  List<Envelope> takeAfterSync() {
    List<Envelope> taken = afterSync;
    if (taken.isEmpty()) {
      return List.of();
    }
    afterSync = new ArrayList<>();
    return taken;
  }

  List<ReadState> takeReadStates() {
    List<ReadState> taken = readStates;
    if (taken.isEmpty()) {
      return List.of();
    }
    readStates = new ArrayList<>();
    return taken;
  }

  List<Long> takeReadsDropped() {
    List<Long> taken = readsDropped;
    if (taken.isEmpty()) {
      return List.of();
    }
    readsDropped = new ArrayList<>();
    return taken;
  }
}
