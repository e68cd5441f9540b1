package io.kvorum.node.server.stage;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Answers;
import io.kvorum.node.core.replica.Caller;
import io.kvorum.node.core.replica.Replica;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/// Collects the answers of one stage's batch and gives them back with one task per event loop.
/// Belongs to one stage.
final class AnswerBatch implements Answers {
  private final BiConsumer<Replica.OwnRequest, Answer> ownAnswers;
  private final List<Group> groups = new ArrayList<>();

  /// @param ownAnswers takes answers to requests of the replica itself
  AnswerBatch(BiConsumer<Replica.OwnRequest, Answer> ownAnswers) {
    this.ownAnswers = ownAnswers;
  }

  /// The calls of one event loop. There are few event loops, so a list of groups is searched.
  private static final class Group {
    final EventExecutor home;
    List<PendingCall> calls = new ArrayList<>();

    Group(EventExecutor home) {
      this.home = home;
    }
  }

  @Override
  public void answer(Caller caller, Answer answer) {
    switch (caller) {
      case PendingCall call -> {
        call.settle(answer);
        group(call.home()).calls.add(call);
      }
      case Replica.OwnRequest own -> ownAnswers.accept(own, answer);
      default -> throw Invariant.unreachable("a caller is a call or the replica: " + caller);
    }
  }

  private Group group(EventExecutor home) {
    for (Group group : groups) {
      if (group.home.equals(home)) {
        return group;
      }
    }
    var group = new Group(home);
    groups.add(group);
    return group;
  }

  /// Gives back what was collected.
  void flush() {
    for (Group group : groups) {
      if (!group.calls.isEmpty()) {
        List<PendingCall> calls = group.calls;
        group.calls = new ArrayList<>();
        group.home.execute(() -> completeAll(calls));
      }
    }
  }

  /// A call whose client can't be answered keeps no other from its answer.
  private static void completeAll(List<PendingCall> calls) {
    RuntimeException first = null;
    for (PendingCall call : calls) {
      try {
        call.complete();
      } catch (RuntimeException failure) {
        first = first == null ? failure : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
