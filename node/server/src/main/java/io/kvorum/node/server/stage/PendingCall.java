package io.kvorum.node.server.stage;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Caller;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import org.jspecify.annotations.Nullable;

/// A caller whose answer is given back on the event loop it came from, together with all other
/// answers of the same batch for that loop.
public abstract class PendingCall implements Caller {
  private final EventExecutor home;
  private @Nullable Answer answer;

  /// Its home is the event loop it is made on; off any event loop the answer comes on the thread of
  /// the stage that gives it, so [#answered] must be short.
  protected PendingCall() {
    EventExecutor current = ThreadExecutorMap.currentExecutor();
    this.home = current == null ? ImmediateEventExecutor.INSTANCE : current;
  }

  /// Takes the answer; called once.
  protected abstract void answered(Answer answer);

  EventExecutor home() {
    return home;
  }

  void settle(Answer settled) {
    Invariant.check(answer == null, "a call is answered once");
    answer = settled;
  }

  void complete() {
    if (answer == null) {
      throw Invariant.unreachable("a call completes after it is settled");
    }
    answered(answer);
  }
}
