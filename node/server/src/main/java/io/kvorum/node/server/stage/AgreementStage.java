package io.kvorum.node.server.stage;

import io.kvorum.node.core.lease.TickGaps;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Replica;
import io.kvorum.node.core.replica.Request;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Runs the replica on the event loop that also carries the connections to other members: their
/// messages arrive and leave without a hop, and the loop never waits for a disk, so heartbeats go
/// out however slow the disk is.
///
/// Requests and what other stages report come through mailboxes; the first sender of a batch wakes
/// the loop. Each run takes everything that waits, lets the replica act once, and flushes what that
/// produced.
public final class AgreementStage {
  /// Requests that may wait for the next run: several times what a run takes a millisecond for.
  private static final int MAX_QUEUED_REQUESTS = 20_000;

  private static final long CLOSE_TIMEOUT_MILLIS = 5_000;

  private final EventLoop loop;
  private final int tickMillis;
  private final Consumer<Throwable> onFailure;
  private final Mailbox<Request> requests = new Mailbox<>(MAX_QUEUED_REQUESTS);
  private final Mailbox<Input> inputs = new Mailbox<>(Integer.MAX_VALUE);
  private final AtomicBoolean failed = new AtomicBoolean();
  private final AnswerBatch answers;

  private @Nullable Running running;
  private boolean runScheduled;
  private final TickGaps gaps = new TickGaps(System.nanoTime());

  /// Something the replica shall be told.
  @FunctionalInterface
  public interface Input {
    void tell(Replica replica);
  }

  /// What the stage works with once all stages are made.
  ///
  /// @param appliedIndex how far the apply stage is; it has posted all reports up to there before
  /// @param published called after inputs and after the replica acted, to make flags visible
  /// @param flushed called at the end of a run, to send what was collected
  public record Running(
      Replica replica, LongSupplier appliedIndex, Consumer<Replica> published, Runnable flushed) {}

  public AgreementStage(EventLoop loop, int tickMillis, Consumer<Throwable> onFailure) {
    this.loop = loop;
    this.tickMillis = tickMillis;
    this.onFailure = onFailure;
    this.answers =
        new AnswerBatch((own, answer) -> post(replica -> replica.ownAnswer(own, answer)));
  }

  /// Where the replica's answers go; flushed with each run.
  public AnswerBatch answers() {
    return answers;
  }

  /// Begins to tick.
  public void start(Running with) {
    loop.execute(() -> {
      running = with;
      scheduleTick();
      run();
    });
  }

  /// Hands a request to the replica, from any thread.
  public void submit(Request request) {
    switch (requests.offer(request)) {
      case FIRST -> {
        if (failed.get()) {
          requests.drain(late -> refuse(late, new Answer.Stopped()));
        } else {
          loop.execute(this::run);
        }
      }
      case QUEUED -> {}
      case FULL -> refuse(request, new Answer.TooManyRequests());
    }
  }

  private static void refuse(Request request, Answer answer) {
    if (request.caller() instanceof PendingCall call) {
      call.settle(answer);
      call.home().execute(call::complete);
    }
  }

  /// Tells the replica something, from any thread.
  public void post(Input input) {
    if (inputs.add(input) == Mailbox.Offer.FIRST) {
      loop.execute(this::run);
    }
  }

  /// Tells the replica something, on its loop: the run that acts on it comes after everything else
  /// that the loop has received by then.
  public void postLocally(Input input) {
    inputs.add(input);
    if (!runScheduled) {
      runScheduled = true;
      loop.execute(this::run);
    }
  }

  /// For how long consensus may have stood still. A leader that was paused can't be sure that it
  /// still leads.
  public long nanosSinceTick() {
    return gaps.since(System.nanoTime());
  }

  public EventLoop loop() {
    return loop;
  }

  /// Time that passed while the loop was held up is not made up for: a member that was paused must
  /// not find all its timeouts expired.
  private void scheduleTick() {
    var _ =
        loop.schedule(
            () -> {
              if (!failed.get()) {
                scheduleTick();
                gaps.ticked(System.nanoTime());
                inputs.add(Replica::tick);
                run();
              }
            },
            tickMillis,
            TimeUnit.MILLISECONDS);
  }

  private void run() {
    runScheduled = false;
    Running with = running;
    if (with == null || failed.get()) {
      return;
    }
    try {
      Replica replica = with.replica();
      // Read before the inputs: what must be told before this index is among them by then.
      long applied = with.appliedIndex().getAsLong();
      inputs.drain(input -> input.tell(replica));
      replica.applied(applied);
      requests.drain(replica::accept);
      with.published().accept(replica);
      replica.advance();
      with.published().accept(replica);
      with.flushed().run();
      answers.flush();
      if (replica.hasMore()) {
        loop.execute(this::run);
      }
    } catch (Throwable failure) {
      fail(failure);
    }
  }

  /// Ends the stage: whoever waits is answered that the member stops. Blocks until that is done.
  public void close() {
    loop.submit(
            () -> {
              Running with = running;
              if (with != null && failed.compareAndSet(false, true)) {
                with.replica().stop();
                requests.drain(request -> refuse(request, new Answer.Stopped()));
                answers.flush();
              }
            })
        .awaitUninterruptibly(CLOSE_TIMEOUT_MILLIS);
  }

  private void fail(Throwable failure) {
    if (failed.compareAndSet(false, true)) {
      onFailure.accept(failure);
    }
  }
}
