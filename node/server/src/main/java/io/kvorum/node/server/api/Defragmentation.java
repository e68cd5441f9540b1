package io.kvorum.node.server.api;

import io.kvorum.node.core.replica.Answer;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Rewrites the state's files when somebody asks, one time after the other, on a thread of its own.
/// Who asks while one runs waits for the next one, together with all others that wait.
public final class Defragmentation {
  private static final Logger LOG = LoggerFactory.getLogger(Defragmentation.class);

  private static final int MAX_WAITING = 1_000;

  private final Runnable defragment;
  private final Counters counters;
  private final List<Unary<?>> waiting = new ArrayList<>();
  private boolean running;

  /// @param defragment returns when all files have been written anew
  public Defragmentation(Runnable defragment, Counters counters) {
    this.defragment = defragment;
    this.counters = counters;
  }

  /// Answers the call once a run that begins from now on has ended.
  void request(Unary<?> call) {
    synchronized (this) {
      if (waiting.size() < MAX_WAITING) {
        waiting.add(call);
        if (!running) {
          running = true;
          Thread.ofPlatform().name("defragment").daemon().start(this::run);
        }
        return;
      }
    }
    call.fail(ApiError.TOO_MANY_REQUESTS);
  }

  private void run() {
    for (List<Unary<?>> calls = take(); !calls.isEmpty(); calls = take()) {
      Answer answer = defragmented();
      calls.forEach(call -> call.answered(answer));
    }
  }

  private synchronized List<Unary<?>> take() {
    List<Unary<?>> calls = List.copyOf(waiting);
    waiting.clear();
    running = !calls.isEmpty();
    return calls;
  }

  /// A failing store has already told the member, which stops.
  private Answer defragmented() {
    counters.defragmenting.increment();
    try {
      LOG.info("defragmenting");
      long began = System.nanoTime();
      defragment.run();
      counters.defragmentations.took(System.nanoTime() - began);
      LOG.info("defragmented");
      return new Answer.ReadReady();
    } catch (RuntimeException failure) {
      LOG.warn("the defragmentation ended early", failure);
      return new Answer.Stopped();
    } finally {
      counters.defragmenting.decrement();
    }
  }
}
