package io.kvorum.node.server.lease;

import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.Command.LeaseCheckpoint.Remaining;
import io.kvorum.node.core.lease.LeaseClock;
import io.kvorum.node.core.lease.Lessor;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Request;
import io.kvorum.node.server.api.ApiError;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.api.CallFailedException;
import io.kvorum.node.server.lease.LeaderCalls.TimeToLive;
import io.kvorum.node.server.stage.AgreementStage;
import io.kvorum.node.server.stage.PendingCall;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/// Answers what clients ask about the time of leases: itself on the leader, through the leader
/// elsewhere.
///
/// Where the lessor is not sure that it leads, a quorum is asked before a client hears anything.
public final class LeaseDesk {
  /// Between attempts to reach a leader.
  private static final long RETRY_MILLIS = 50;

  private final Backend backend;
  private final Lessor lessor;
  private final AgreementStage agreement;
  private final LeaderCalls leaderCalls;
  private final long timeoutMillis;

  public LeaseDesk(
      Backend backend,
      Lessor lessor,
      AgreementStage agreement,
      LeaderCalls leaderCalls,
      long timeoutMillis) {
    this.backend = backend;
    this.lessor = lessor;
    this.agreement = agreement;
    this.leaderCalls = leaderCalls;
    this.timeoutMillis = timeoutMillis;
  }

  /// Renews a lease for a client of this member: the seconds it has from now on, 0 if it does not
  /// exist.
  CompletableFuture<Long> renew(long id) {
    return onLeader(() -> renewHere(id), leader -> leaderCalls.renew(leader, id));
  }

  CompletableFuture<TimeToLive> timeToLive(long id) {
    return onLeader(() -> timeToLiveHere(id), leader -> leaderCalls.timeToLive(leader, id));
  }

  /// Tries until the deadline: the leader may be changing.
  private <T> CompletableFuture<T> onLeader(
      Supplier<CompletableFuture<T>> here, LongFunction<CompletableFuture<T>> there) {
    var result = new CompletableFuture<T>();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    attempt(here, there, deadline, result);
    return result;
  }

  private <T> void attempt(
      Supplier<CompletableFuture<T>> here,
      LongFunction<CompletableFuture<T>> there,
      long deadline,
      CompletableFuture<T> result) {
    long leader = backend.leader().memberId();
    CompletableFuture<T> attempt;
    if (leader == backend.memberId()) {
      attempt = here.get();
    } else if (leader != 0) {
      attempt = there.apply(leader);
    } else {
      attempt = CompletableFuture.failedFuture(new CallFailedException(ApiError.NO_LEADER));
    }
    var _ =
        attempt.whenComplete((value, failure) -> {
          if (failure == null) {
            result.complete(value);
          } else if (System.nanoTime() - deadline >= 0) {
            boolean leaderless = backend.leader().memberId() == 0;
            result.completeExceptionally(
                new CallFailedException(leaderless ? ApiError.NO_LEADER : ApiError.TIMED_OUT));
          } else if (isLasting(CallFailedException.errorOf(failure))) {
            result.completeExceptionally(failure);
          } else {
            var _ =
                agreement
                    .loop()
                    .schedule(
                        () -> attempt(here, there, deadline, result),
                        RETRY_MILLIS,
                        TimeUnit.MILLISECONDS);
          }
        });
  }

  /// Whether another attempt would end the same way.
  private static boolean isLasting(ApiError error) {
    return switch (error) {
      case STOPPED, NOT_PRIMARY_LESSOR, TOO_MANY_REQUESTS -> true;
      default -> false;
    };
  }

  /// Renews a lease on this member as the leader.
  public CompletableFuture<Long> renewHere(long id) {
    return settle(id, lessor.renew(id, System.nanoTime(), agreement.nanosSinceTick()));
  }

  private CompletableFuture<Long> settle(long id, Lessor.Renewed renewed) {
    return switch (renewed) {
      case Lessor.Renewed.Running(long ttlSeconds, boolean isNoted, long term) -> {
        backend.counters().leasesRenewed.increment();
        yield isNoted
            ? noteTakenBack(id, term).thenApply(_ -> ttlSeconds)
            : CompletableFuture.completedFuture(ttlSeconds);
      }
      case Lessor.Renewed.Expiring(LeaseClock clock) -> {
        var gone = new CompletableFuture<Long>();
        clock.whenRevoked(() -> gone.complete(0L));
        yield gone.orTimeout(timeoutMillis, TimeUnit.MILLISECONDS);
      }
      case Lessor.Renewed.Unknown _ -> CompletableFuture.completedFuture(0L);
      case Lessor.Renewed.NotLeading _ -> notLeader();
      case Lessor.Renewed.Unsure _ ->
          confirmed().thenCompose(_ -> settle(id, lessor.renewConfirmed(id, System.nanoTime())));
    };
  }

  /// Completes when the log says that all of the lease's time is left; if that fails another
  /// attempt is worth while. Another leader must not do it for this one: it may count already.
  private CompletableFuture<Boolean> noteTakenBack(long id, long term) {
    var done = new CompletableFuture<Boolean>();
    var call =
        new PendingCall() {
          @Override
          protected void answered(Answer answer) {
            if (answer instanceof Answer.Applied) {
              done.complete(true);
            } else {
              done.completeExceptionally(new CallFailedException(ApiError.NOT_LEADER));
            }
          }
        };
    // On the loop it comes behind a note that a tick there is just about to propose.
    agreement
        .loop()
        .execute(() ->
            backend.propose(
                new Command.LeaseCheckpoint(List.of(new Remaining(id, 0))), term, call));
    return done;
  }

  public CompletableFuture<TimeToLive> timeToLiveHere(long id) {
    if (!lessor.isLeading()) {
      return notLeader();
    }
    return lessor.left(id, System.nanoTime()).isEmpty()
        ? confirmed().thenApply(_ -> left(id))
        : CompletableFuture.completedFuture(left(id));
  }

  private TimeToLive left(long id) {
    return lessor
        .left(id, System.nanoTime())
        .map(left -> new TimeToLive(left.leftSeconds(), left.grantedSeconds()))
        .orElse(TimeToLive.NONE);
  }

  private static <T> CompletableFuture<T> notLeader() {
    return CompletableFuture.failedFuture(new CallFailedException(ApiError.NOT_LEADER));
  }

  /// Completes when a quorum has confirmed that this member leads, and its state is fresh.
  private CompletableFuture<Boolean> confirmed() {
    var confirmed = new CompletableFuture<Boolean>();
    backend.submit(
        new Request.Read(
            new PendingCall() {
              @Override
              protected void answered(Answer answer) {
                if (answer instanceof Answer.ReadReady) {
                  confirmed.complete(true);
                } else {
                  confirmed.completeExceptionally(
                      new CallFailedException(ApiError.NOT_PRIMARY_LESSOR));
                }
              }
            }));
    return confirmed.thenCompose(
        _ -> lessor.isLeading() ? CompletableFuture.completedFuture(true) : notLeader());
  }
}
